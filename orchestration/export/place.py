"""Put a complete export in place: recorded, with its manifest, by an atomic rename."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.core.files import UNFINISHED, sweep, whole_file
from orchestration.core.settings import Settings
from orchestration.export.errors import ExportError
from orchestration.export.kept import Finished, entry_of, name_lock, read, record, removal
from orchestration.export.manifest import Facts, described, manifest_path, rendered

Describe = Callable[[dict[str, Any]], dict[str, Any]]
Write = Callable[[Path], Describe]


@dataclass(frozen=True)
class Target:
    """Where an export goes, and whether it may replace an existing file."""

    path: Path
    force: bool

    def check(self) -> None:
        """Fail early where `put` would fail.

        Raises:
            ExportError: the file exists and may not be replaced, or its folder does not exist.
        """
        if self.path.is_dir():
            raise ExportError(f"{self.path} is a folder: name a file in it")
        if not self.path.parent.is_dir():
            raise ExportError(f"the folder {self.path.parent} does not exist")
        if self.path.exists() and not self.force:
            raise self._taken()

    def put(self, settings: Settings, facts: Facts, write: Write) -> Finished:
        """Write a temporary file, record the export, write its manifest, then rename the file.

        In this order no named file ever lacks its log entry or its manifest. A kill before the
        rename leaves a superfluous log entry, and perhaps a manifest without a file.

        Args:
            settings: whose export log gets the entry.
            facts: what is known of the export before it is written.
            write: writes the file, and returns a function that makes the manifest from the file's
                name, size_bytes and sha256.

        Raises:
            ExportError: another file took the name meanwhile, or the file cannot be written.
        """
        # Remove what a killed export left here. `prune` sweeps <home>/exports, but no other folder.
        sweep(self.path.parent.glob(f".*{UNFINISHED}"))
        try:
            with (
                contextlib.ExitStack() as held,
                whole_file(self.path, replace=self.force) as file,
            ):
                beside = Path(file.name)
                describe = write(beside)
                # Written through another handle: flush it before it is recorded.
                os.fsync(file.fileno())
                of_file = described(beside, self.path.name)
                manifest = describe(of_file)
                # Held until the rename, so that no other export writes a manifest for this name.
                held.enter_context(name_lock(settings, self.path))
                if self.path.exists() and not self.force:
                    raise self._taken()
                finished = Finished(of_file["size_bytes"], of_file["sha256"], manifest["rows"])
                record(settings, [*_replaced(self.path), entry_of(facts, finished)])
                with whole_file(manifest_path(self.path), replace=True, text=True) as text:
                    text.write(rendered(manifest))
        except FileExistsError:
            raise self._taken() from None
        except OSError as error:
            raise ExportError(f"{self.path} cannot be written: {error.strerror}") from None
        return finished

    def _taken(self) -> ExportError:
        return ExportError(
            f"{self.path} already exists: add --force to replace it, or name another --out"
        )


def _replaced(path: Path) -> list[dict[str, Any]]:
    """Return the removal entry of the export that is about to be replaced, if there is one."""
    if not path.exists() or not manifest_path(path).exists():
        return []
    try:
        return [removal(read(manifest_path(path)))]
    except ExportError:
        return []  # The file there is not a recorded export.
