"""The part of a PostgreSQL server in backups: a base backup, and its log all the time."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from orchestration.backup.errors import TargetExists
from orchestration.backup.files.scratch import private_mode
from orchestration.backup.manifest import Backup
from orchestration.backup.parts import Copied
from orchestration.backup.postgres.base import back_up_postgres, switch_and_wait
from orchestration.backup.postgres.losing import first_lost_transaction
from orchestration.backup.postgres.opened import OpenedCluster
from orchestration.backup.postgres.restore import FOLDER, restore_postgres, wal_faults
from orchestration.backup.postgres.tools import ScratchServer, Tools, find_tools
from orchestration.backup.progress import Progress, adder, counter
from orchestration.backup.store import Store
from orchestration.backup.tables.comparing import Difference, differences
from orchestration.core.settings import Settings
from orchestration.secrecy.sealing import Identities, Recipients
from orchestration.warehouse.hashing import TableContent


class PostgresPart:
    """The server archives its log by itself, so that any second can be restored."""

    name: ClassVar[str] = "postgres"
    keeps_log: ClassVar[bool] = True
    places: ClassVar[Sequence[str]] = (FOLDER,)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def copy(
        self,
        path: Path,
        recipients: Recipients,
        scratch: Path,  # noqa: ARG002 (what the server sends is encrypted on its way)
        progress: Progress | None,
    ) -> Copied:
        counted, advance = counter(progress, "tables read"), adder(progress, "bytes copied")
        return back_up_postgres(self._settings, path, recipients, counted, advance)

    def archive_log(self) -> None:
        switch_and_wait(self._settings)

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
        return restore_postgres(
            self._settings, backup, secret, folder, identities,
            at=at, to_the_end=to_the_end, progress=counter(progress, "tables compared"),
        )  # fmt: skip

    def differences(
        self,
        backup: Backup,
        secret: bytes,
        folder: Path,
        identities: Identities,
        progress: Progress | None,
    ) -> list[Difference]:
        # Compares on its way, at the point of the log that the manifest is of.
        self.restore(
            backup, secret, folder, identities, at=None, to_the_end=False, progress=progress
        )
        return []

    def compare(
        self, backup: Backup, secret: bytes, contents: Sequence[TableContent]
    ) -> list[Difference]:
        return differences(backup, secret, contents)

    def counted_only(self, backup: Backup) -> list[str]:  # noqa: ARG002
        return []

    def log_faults(self, backup: Backup) -> Iterator[str]:
        return wal_faults(backup)

    def check_stopped(self, home: Path) -> None:
        data = home / FOLDER
        pid_file = data / "postmaster.pid"
        if not pid_file.exists():
            return
        with contextlib.suppress(ValueError, ProcessLookupError, IndexError):
            os.kill(int(pid_file.read_text().splitlines()[0]), 0)
            raise TargetExists(f"the server in {data} is running: stop it first (pg_ctl stop)")

    def home_mode(self) -> int:
        # Who runs a restored server passes through it.
        return private_mode()

    def next_steps(self, backup: Backup, home: Path, steps: Sequence[str]) -> list[str]:
        start = [str(self._tools(backup).folder / "pg_ctl"), "-D", str(home / FOLDER), "start"]
        return [
            shlex.join(start),
            "export GRANARY_TARGET=postgres  # and PG* variables",
            *steps,
            "remove the last line (archive_mode) of postgresql.auto.conf, restart, and make a new "
            "backup: granary backup create",
        ]

    @contextlib.contextmanager
    def opened(self, backup: Backup, home: Path) -> Iterator[OpenedCluster]:
        wal = backup.manifest.wal
        assert wal is not None
        with ScratchServer(self._tools(backup), home / FOLDER, wal.role, wal.database) as server:
            yield OpenedCluster(server)

    def first_lost_write(self, store: Store, tier: int) -> datetime | None:  # noqa: ARG002
        return first_lost_transaction(store)

    def _tools(self, backup: Backup) -> Tools:
        assert backup.manifest.wal is not None
        return find_tools(self._settings, backup.manifest.wal.server_version)
