"""Give an export its name: whole, with its manifest beside it, on record, and over nothing."""

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
    """The file that an export becomes, and whether it may take another's place."""

    path: Path
    force: bool

    def check(self) -> None:
        """Refuse early what `put` would refuse.

        Raises:
            ExportError: the file exists, or its folder does not.
        """
        if self.path.is_dir():
            raise ExportError(f"{self.path} is a folder: name a file in it")
        if not self.path.parent.is_dir():
            raise ExportError(f"the folder {self.path.parent} does not exist")
        if self.path.exists() and not self.force:
            raise self._taken()

    def put(self, settings: Settings, facts: Facts, write: Write) -> Finished:
        """Have the file written beside, put it on record, write its manifest, give it its name.

        In this order no file ever bears its name without them; a kill before the last step leaves
        an entry too many, and perhaps a manifest of nothing.

        Args:
            settings: whose book it is.
            facts: what is known of the export.
            write: fills the file, and says how the manifest follows from its name, size_bytes and
                sha256.

        Raises:
            ExportError: the name was taken meanwhile, or the file cannot be written.
        """
        # Of an export that was killed; in <home>/exports any command would remove it.
        sweep(self.path.parent.glob(f".*{UNFINISHED}"))
        try:
            with (
                contextlib.ExitStack() as held,
                whole_file(self.path, replace=self.force) as file,
            ):
                beside = Path(file.name)
                describe = write(beside)
                os.fsync(file.fileno())
                of_file = described(beside, self.path.name)
                manifest = describe(of_file)
                # Until it has its name, no other export gives that name a manifest.
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
            f"{self.path} exists already: add --force to replace it, or name another --out"
        )


def _replaced(path: Path) -> list[dict[str, Any]]:
    """The entry that says an export is gone, where another takes its place."""
    if not path.exists() or not manifest_path(path).exists():
        return []
    try:
        return [removal(read(manifest_path(path)))]
    except ExportError:
        return []  # Whatever lies there, it is no export on record.
