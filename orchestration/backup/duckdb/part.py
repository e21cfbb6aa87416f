"""The part of a DuckDB warehouse in backups: a file, without a log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import duckdb

from orchestration.backup.duckdb.copy import FILE, copy_duckdb, file_contents, newest_row
from orchestration.backup.duckdb.opened import OpenedFile
from orchestration.backup.files.reading import extract
from orchestration.backup.manifest import WAREHOUSE, Backup
from orchestration.backup.parts import Copied
from orchestration.backup.progress import Progress, adder, counter
from orchestration.backup.store import Store, warehouse_backup
from orchestration.backup.tables.comparing import Difference, check_same, differences
from orchestration.core.errors import WarehouseError
from orchestration.core.fault_points import reached
from orchestration.core.settings import Settings
from orchestration.core.sql import literal
from orchestration.secrecy.sealing import Identities, Recipients, chunks_of, seal
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.duckdb import BUSY_SECONDS
from orchestration.warehouse.hashing import TableContent


class DuckDBPart:
    """Between two backups only landed files are kept; they can be loaded again."""

    name: ClassVar[str] = "duckdb"
    keeps_log: ClassVar[bool] = False
    places: ClassVar[Sequence[str]] = (FILE, f"{FILE}.wal")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def copy(
        self, path: Path, recipients: Recipients, scratch: Path, progress: Progress | None
    ) -> Copied:
        # Never in the backup folder: nothing there is readable without the private key.
        plain = scratch / FILE
        copied = copy_duckdb(self._settings, plain, counter(progress, "tables read"))
        reached("warehouse copied")
        advance = adder(progress, "bytes encrypted", plain.stat().st_size)
        sealed = seal(chunks_of(plain, advance), path, recipients)
        plain.unlink()
        return replace(copied, sealed=sealed)

    def archive_log(self) -> None:
        """Do nothing: a file has no log to archive."""

    def restore(
        self,
        backup: Backup,
        secret: bytes,
        folder: Path,
        identities: Identities,
        *,
        at: datetime | None,  # noqa: ARG002 (files that landed up to then come beside it)
        to_the_end: bool,  # noqa: ARG002
        progress: Progress | None,
    ) -> datetime | None:
        size = backup.manifest.files[WAREHOUSE].content_bytes
        path = folder / FILE
        extract(backup, WAREHOUSE, path, identities, adder(progress, "bytes restored", size))
        reached("warehouse restored")
        contents = file_contents(path, counter(progress, "tables compared"))
        check_same(self.compare(backup, secret, contents), backup)
        return None

    def differences(
        self,
        backup: Backup,
        secret: bytes,
        folder: Path,
        identities: Identities,
        progress: Progress | None,
    ) -> list[Difference]:
        path = folder / FILE
        extract(backup, WAREHOUSE, path, identities)
        contents = file_contents(path, counter(progress, "tables compared"))
        return self.compare(backup, secret, contents)

    def compare(
        self, backup: Backup, secret: bytes, contents: Sequence[TableContent]
    ) -> list[Difference]:
        return differences(backup, secret, contents, counted_only=bool(self.counted_only(backup)))

    def counted_only(self, backup: Backup) -> list[str]:
        version = backup.manifest.engine_version
        # Another one may hash the same row otherwise.
        if version == duckdb.__version__:
            return []
        return [
            f"rows were counted, not compared: install DuckDB {version}, which made the backup, "
            f"and run granary backup verify --identity FILE {backup.id}"
        ]

    def log_faults(self, backup: Backup) -> Iterator[str]:  # noqa: ARG002
        yield from ()

    def check_stopped(self, home: Path) -> None:
        """Do nothing: a restore waits until nobody writes to the file."""

    def home_mode(self) -> int:
        return 0o700

    def next_steps(self, backup: Backup, home: Path, steps: Sequence[str]) -> list[str]:  # noqa: ARG002
        return list(steps)

    @contextlib.contextmanager
    def opened(self, backup: Backup, home: Path) -> Iterator[OpenedFile]:  # noqa: ARG002
        yield OpenedFile(home / FILE)

    def first_lost_write(self, store: Store, tier: int) -> datetime | None:
        return _first_lost_load(self._settings, store) if tier > 1 else None


def _first_lost_load(settings: Settings, store: Store) -> datetime | None:
    """When the first rows were loaded that the newest copy of the warehouse lacks."""
    newest = warehouse_backup(store, None)
    warehouse = warehouse_of(settings)
    if not warehouse.exists():
        return newest.made_at
    try:
        with warehouse.reading(BUSY_SECONDS) as query:
            if newest_row(query) == (None, None):
                return None
            # By batches, which clocks do not number; older backups did not note them.
            if (last := newest.manifest.last_batch_id) is not None:
                since = f"batch_id > {last}"
            else:
                loaded_at = newest.manifest.newest_row_at or datetime.min
                since = f"loaded_at > timestamp {literal(loaded_at.isoformat(sep=' '))}"
            [(first,)] = query(f"select min(loaded_at) from raw.load_ledger where {since}")
    except WarehouseError:
        return newest.made_at  # what is being written cannot be read: all since may be lost
    return first if isinstance(first, datetime) else None
