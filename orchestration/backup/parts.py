"""What an engine does for its warehouse in backups; `engines` lists the implementations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

import duckdb

from orchestration.backup.manifest import Backup, WalRange
from orchestration.backup.progress import Progress
from orchestration.backup.store import Store
from orchestration.backup.tables.comparing import Difference
from orchestration.backup.tables.leaving import Left
from orchestration.core.settings import Settings
from orchestration.secrecy.sealing import Identities, Recipients, Sealed
from orchestration.warehouse.hashing import TableContent
from orchestration.warehouse.protocol import Row


@dataclass(frozen=True)
class Copied:
    """What a backup holds of a warehouse, by default of none. Times are UTC."""

    sealed: Sealed | None = None
    taken_at: datetime | None = None
    contents: list[TableContent] = field(default_factory=list)
    newest_row_at: datetime | None = None
    left: Left = field(default_factory=Left)
    engine_version: str = duckdb.__version__
    wal: WalRange | None = None
    last_batch_id: int | None = None


class OpenedCopy(Protocol):
    """A restored warehouse that nobody else uses."""

    variables: Mapping[str, str]
    """Environment that leads dbt to it, beside the home."""

    def ask(self, sql: str) -> list[Row]:
        """Rows of a query."""

    def change(self, sql: str) -> None:
        """Run a statement, and commit it."""

    def contents(self) -> list[TableContent]:
        """Every table, in order of name.

        Raises:
            DamagedBackup: one cannot be read.
        """

    def largest_file(self) -> Path:
        """The file that holds the warehouse, or its largest table."""

    def kill_while_emptying(self) -> None:
        """Empty every table in one transaction, in a process that is killed before it commits.

        Raises:
            BackupError: it could not be written to.
        """


class WarehousePart(Protocol):
    """One engine's part in backups."""

    name: ClassVar[str]
    """Of the engine, as a manifest has it."""

    keeps_log: ClassVar[bool]
    """Whether all that is written is archived by itself, between backups too."""

    places: ClassVar[Sequence[str]]
    """Names in a home that a restored warehouse takes."""

    def __init__(self, settings: Settings) -> None: ...

    def copy(
        self, path: Path, recipients: Recipients, scratch: Path, progress: Progress | None
    ) -> Copied:
        """Copy the warehouse into an encrypted file, with what its tables hold; readers go on.

        Raises:
            ConfigurationError: the server is not set up for it.
            WarehouseError: the warehouse cannot be reached, or is in use.
            BackupError: it cannot be copied.
        """

    def archive_log(self) -> None:
        """Have everything written up to now archived, where there is a log.

        Raises:
            BackupError: the server does not succeed in it.
        """

    def restore(
        self,
        backup: Backup,
        secret: bytes,
        folder: Path,
        identities: Identities,
        *,
        at: datetime | None,
        to_the_end: bool,
        progress: Progress | None,
    ) -> datetime | None:
        """Put the warehouse into a folder, compared with the manifest.

        Args:
            at: where a log is kept, stop before what was committed after this time, UTC.
            to_the_end: without a time, replay all the log there is.

        Returns:
            Time, UTC, of the last transaction, where a log was replayed beyond the backup.

        Raises:
            DamagedBackup: something is not what was backed up.
            OutOfRange: the log ends before the time asked for.
            BackupError: the restored server does not start.
        """

    def differences(
        self,
        backup: Backup,
        secret: bytes,
        folder: Path,
        identities: Identities,
        progress: Progress | None,
    ) -> list[Difference]:
        """Restore into a scratch folder and compare.

        Raises:
            DamagedBackup: it cannot be restored.
        """

    def compare(
        self, backup: Backup, secret: bytes, contents: Sequence[TableContent]
    ) -> list[Difference]:
        """Compare the tables of a restored copy with the manifest."""

    def counted_only(self, backup: Backup) -> list[str]:
        """Return what to say where rows can be counted but not compared."""

    def log_faults(self, backup: Backup) -> Iterator[str]:
        """What is wrong with the log behind a backup."""

    def check_stopped(self, home: Path) -> None:
        """Make sure that nothing runs on what a restore would take the place of.

        Raises:
            TargetExists: a server does.
        """

    def home_mode(self) -> int:
        """Permissions of a home that holds a restored warehouse."""

    def next_steps(self, backup: Backup, home: Path, steps: Sequence[str]) -> list[str]:
        """What a person does after a restore: the steps of every engine, and its own around."""

    def opened(self, backup: Backup, home: Path) -> AbstractContextManager[OpenedCopy]:
        """Open a restored copy, to rehearse with."""

    def first_lost_write(self, store: Store, tier: int) -> datetime | None:
        """When the oldest write to the live warehouse happened, UTC, that no backup has.

        None where none would be lost. Rows count from tier 2 on where they can be loaded again from
        landed files; what cannot be seen from here counts as written on ever since.
        """
