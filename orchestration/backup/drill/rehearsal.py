"""A restored copy to rehearse with: never what is live."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orchestration.backup.engines import part_of
from orchestration.backup.errors import BackupError
from orchestration.backup.files.reading import read_secret
from orchestration.backup.manifest import Backup
from orchestration.backup.parts import OpenedCopy, WarehousePart
from orchestration.backup.progress import Progress
from orchestration.backup.restore import restore
from orchestration.backup.store import Store
from orchestration.backup.tables.comparing import Difference
from orchestration.core.files import read_json
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.run import DBT, NO_UNIT_TESTS, dbt_environment, read_report
from orchestration.secrecy.sealing import Identities

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
        findings = self.part(backup).counted_only(backup)
        return Copy(home, backup, read_secret(backup, keys), seconds, findings=findings)

    def compare(self, copy: Copy) -> list[Difference]:
        """Compare a copy with its manifest, table by table."""
        with self.opened(copy) as warehouse:
            contents = warehouse.contents()
        return self.part(copy.backup).compare(copy.backup, copy.secret, contents)

    def opened(self, copy: Copy) -> AbstractContextManager[OpenedCopy]:
        """The copy's warehouse."""
        return self.part(copy.backup).opened(copy.backup, copy.home)

    def part(self, backup: Backup) -> WarehousePart:
        """The part of a backup's engine."""
        return part_of(self.settings, backup.manifest.engine)


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
    with rehearsal.opened(copy) as warehouse:
        if warehouse.ask(BUILT) != [(1,)]:
            return 0, []  # models were never built
        known = {str(name) for (name,) in warehouse.ask(KNOWN_FAILURES)}
        return _run_tests(rehearsal, copy, warehouse.variables, known)


def _run_tests(
    rehearsal: Rehearsal, copy: Copy, address: Mapping[str, str], known: set[str]
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
