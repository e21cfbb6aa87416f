"""A restored copy to rehearse with: never what is live."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import psycopg

from orchestration.backup.comparing import Difference, differences, file_contents
from orchestration.backup.duckdb.copy import attach
from orchestration.backup.errors import BackupError
from orchestration.backup.manifest import Backup, Store
from orchestration.backup.postgres.tools import ScratchServer, find_tools
from orchestration.backup.progress import Progress
from orchestration.backup.reading import read_secret
from orchestration.backup.restore import (
    POSTGRES_FOLDER,
    WAREHOUSE_FILE,
    counted_only,
    restore,
)
from orchestration.core.files import read_json
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.run import DBT, NO_UNIT_TESTS, dbt_environment, read_report
from orchestration.secrecy.sealing import Identities
from orchestration.warehouse.hashing import TableContent, postgres_contents

BUILT = (
    "select count(*) from information_schema.tables "
    "where table_schema = 'governance' and table_name = 'node_results'"
)
# Tests that failed when they last ran before the backup: no fault of the copy.
KNOWN_FAILURES = (
    "select unique_id from (select unique_id, status, row_number() over "
    "(partition by unique_id order by invocation_number desc) as place "
    "from governance.node_results join governance.invocations using (invocation_id)) "
    "as results where place = 1 and status in ('fail', 'error')"
)


@dataclass
class Copy:
    """A restored state folder. `seconds` is how long it took until it was restored and compared."""

    home: Path
    backup: Backup
    secret: bytes
    seconds: float
    differences: list[Difference] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rehearsal:
    """What scenarios have to work with."""

    settings: Settings
    store: Store
    identities: Identities
    scratch: Path
    progress: Progress | None = None

    def restore(
        self,
        name: str,
        *,
        at: datetime | None = None,
        to_the_end: bool = True,
        force: bool = False,
        store: Store | None = None,
        identities: Identities | None = None,
    ) -> Copy:
        """Restore into a folder of the scratch, as the command does.

        Raises:
            BackupError: as `restore`.
        """
        started = time.monotonic()
        used = store or self.store
        keys = identities or self.identities
        home = self.scratch / name
        report = restore(
            settings_for(self.settings, home),
            home,
            keys,
            at=at,
            force=force,
            to_the_end=to_the_end,
            store=used,
            progress=self.progress,
            on_record=False,
        )
        backup = used.read(report.backup_id)
        seconds = time.monotonic() - started
        findings = counted_only(backup)
        return Copy(home, backup, read_secret(backup, keys), seconds, findings=findings)

    def compare(self, copy: Copy) -> list[Difference]:
        """A copy that stands at the state of its manifest, table by table."""
        return differences(copy.backup, copy.secret, self.contents(copy))

    def contents(self, copy: Copy) -> list[TableContent]:
        """Every table of a copy."""
        if copy.backup.manifest.wal is None:
            return file_contents(copy.home / WAREHOUSE_FILE)
        with self.server(copy) as server, server.connect() as connection:
            return postgres_contents(connection)

    @contextlib.contextmanager
    def server(self, copy: Copy) -> Iterator[ScratchServer]:
        """A server on the copy's cluster, through a private socket."""
        wal = copy.backup.manifest.wal
        assert wal is not None
        tools = find_tools(self.settings, wal.server_version)
        data = copy.home / POSTGRES_FOLDER
        with ScratchServer(tools, data, wal.role, wal.database) as server:
            yield server


def settings_for(settings: Settings, home: Path) -> Settings:
    """Settings whose state folder is a copy; backups and keys are those of before."""
    return Settings(
        home=home,
        target=settings.target,
        pii_key_file=settings.key_path,
        backup_dir=settings.backups,
        pg_bin=settings.pg_bin,
        pg_os_user=settings.pg_os_user,
        target_path=settings.target_path / "drill",
    )


def dbt_tests(rehearsal: Rehearsal, copy: Copy) -> tuple[int, list[str]]:
    """Run the project's tests of data against a copy.

    Returns:
        How many passed, and those that failed though they had passed before the backup.

    Raises:
        ConfigurationError: the pseudonymisation key is missing; tests run under it.
        BackupError: dbt did not start.
    """
    engine = copy.backup.manifest.engine
    if engine == "duckdb":
        with duckdb.connect() as connection:
            attach(connection, copy.home / WAREHOUSE_FILE, "copied")
            connection.execute("use copied")
            known = _known(connection)
        return (0, []) if known is None else _run_tests(rehearsal, copy, {}, known)
    with rehearsal.server(copy) as server:
        with server.connect() as session:
            known = _known(session)
        return (0, []) if known is None else _run_tests(rehearsal, copy, server.address, known)


def _known(
    session: duckdb.DuckDBPyConnection | psycopg.Connection[tuple[object, ...]],
) -> set[str] | None:
    """Tests that were failing; None where models were never built."""
    if session.execute(BUILT).fetchone() != (1,):
        return None
    return {str(name) for (name,) in session.execute(KNOWN_FAILURES).fetchall()}


def _run_tests(
    rehearsal: Rehearsal, copy: Copy, address: dict[str, str], known: set[str]
) -> tuple[int, list[str]]:
    rehearsal.settings.read_key()
    settings = settings_for(rehearsal.settings, copy.home)
    results = settings.target_path / "run_results.json"
    results.unlink(missing_ok=True)
    environment = {
        **dbt_environment(settings),
        "GRANARY_TARGET": copy.backup.manifest.engine,
        "GRANARY_PII_KEY_FILE": str(rehearsal.settings.key_path),
        **address,
    }
    with open(rehearsal.scratch / "dbt.log", "ab") as log:
        subprocess.run(
            [*DBT, "test", *NO_UNIT_TESTS],
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    data = read_json(results)
    if data is None:
        raise BackupError("dbt did not start on the restored copy; run dbt test on the warehouse")
    report = read_report(data)
    failing = [
        result["unique_id"].split(".")[2]
        for result in data["results"]
        if result["status"] in ("error", "fail", "runtime error")
        and result["unique_id"] not in known
    ]
    return report.tests + report.warnings, failing
