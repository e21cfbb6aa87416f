"""Rehearse a disaster: restore for real, check everything, and put the result on record."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb
import psycopg

from orchestration.backup.create import roots
from orchestration.backup.drill.history import past_drills
from orchestration.backup.drill.rehearsal import Rehearsal, dbt_tests
from orchestration.backup.drill.scenarios import SCENARIOS
from orchestration.backup.engines import part_of
from orchestration.backup.files.packing import key_of, sources
from orchestration.backup.files.reading import file_holdings
from orchestration.backup.files.scratch import scratch_folder
from orchestration.backup.progress import Progress
from orchestration.backup.store import Store, warehouse_backup
from orchestration.core.clock import TOLERANCE, utc_now
from orchestration.core.errors import ConfigurationError, GranaryError
from orchestration.core.settings import Settings
from orchestration.policies.backup import Tier, tiers
from orchestration.secrecy.sealing import Identities
from orchestration.warehouse import books

PASSED, EXCEEDED, FAILED = "passed", "exceeded", "failed"


@dataclass
class DrillReport:
    """How a rehearsal ended. Seconds; objectives are the tier's."""

    drill_id: str
    tier: int
    scenario: str
    rto_objective: float
    rpo_objective: float
    outcome: str = FAILED
    backup_id: str | None = None
    rto_seconds: float | None = None
    rpo_seconds: float | None = None
    newest_row_at: datetime | None = None
    tables: int = 0
    differing_tables: int = 0
    tests_passed: int = 0
    tests_failed: int = 0
    error_class: str | None = None
    started_at: datetime = field(default_factory=utc_now)
    findings: list[str] = field(default_factory=list)


def drill(
    settings: Settings,
    identities: Identities,
    *,
    tier: int = 1,
    scenario: str | None = None,
    tests: bool = True,
    progress: Progress | None = None,
) -> DrillReport:
    """Restore the newest backup as after a disaster, without touching what is live.

    The time until the copy is restored and compared is held against the tier's RTO. What would be
    lost, from the first write that the copy lacks to the disaster, is held against its RPO.

    Args:
        tier: whose objectives count.
        scenario: one of `SCENARIOS`; by default the one whose last rehearsal is longest ago.
        tests: run the dbt tests against the copy, where models have been built.

    Raises:
        ConfigurationError: the scenario or tier is unknown.
    """
    if tier not in tiers():
        raise ConfigurationError(f"there is no tier {tier} in seeds/operations/backup_tiers.csv")
    chosen = scenario or _next_scenario(settings)
    if chosen not in SCENARIOS:
        raise ConfigurationError(f"no scenario {chosen!r}; choose from: {', '.join(SCENARIOS)}")
    objectives = tiers()[tier]
    report = DrillReport(
        drill_id=str(uuid.uuid4()),
        tier=tier,
        scenario=chosen,
        rto_objective=objectives.rto.total_seconds(),
        rpo_objective=objectives.rpo.total_seconds(),
    )
    try:
        _rehearse(settings, identities, report, tests, progress)
        report.outcome = _outcome(report, objectives)
    except (GranaryError, OSError, duckdb.Error, psycopg.Error) as error:
        report.error_class = type(error).__name__
        # Only our own messages are known to hold no data.
        report.findings.append(
            str(error) if isinstance(error, GranaryError) else report.error_class
        )
    _record(settings, report)
    return report


def _rehearse(
    settings: Settings,
    identities: Identities,
    report: DrillReport,
    tests: bool,
    progress: Progress | None,
) -> None:
    struck_at = report.started_at
    store = Store.of(settings)
    backup = warehouse_backup(store, None)
    report.backup_id = backup.id
    report.newest_row_at = backup.manifest.newest_row_at
    if not backup.is_dated:
        report.findings.append(
            f"{backup.id} is dated {backup.manifest.taken_at:%Y-%m-%d %H:%M} UTC by a clock that "
            f"was wrong; its age is counted from {backup.made_at:%Y-%m-%d %H:%M}"
        )
    lost = first_lost_write(settings, report.tier)
    if lost and lost - struck_at > TOLERANCE:
        report.findings.append(
            f"what no backup has is dated {lost:%Y-%m-%d %H:%M} UTC, which has not come yet: all "
            "since the last backup counts as lost"
        )
        lost = backup.made_at
    report.rpo_seconds = max(0.0, (struck_at - lost).total_seconds()) if lost else 0.0
    with scratch_folder(settings) as scratch:
        rehearsal = Rehearsal(settings, store, identities, scratch, progress)
        copy = SCENARIOS[report.scenario](rehearsal)
        report.rto_seconds = copy.seconds
        report.tables = len(backup.manifest.tables)
        report.differing_tables = len(copy.differences)
        report.findings += [*copy.findings, *(f"{d.relation} {d.what}" for d in copy.differences)]
        if tests:
            report.tests_passed, failed = dbt_tests(rehearsal, copy)
            report.tests_failed = len(failed)
            report.findings += [f"dbt test failed: {name}" for name in failed[:10]]


def _outcome(report: DrillReport, tier: Tier) -> str:
    if report.differing_tables or report.tests_failed:
        return FAILED
    assert report.rto_seconds is not None
    assert report.rpo_seconds is not None
    if report.rto_seconds > tier.rto.total_seconds():
        report.findings.append("the restore took longer than the objective")
    elif report.rpo_seconds > tier.rpo.total_seconds():
        report.findings.append("more would be lost than the objective allows: back up more often")
    else:
        return PASSED
    return EXCEEDED


def first_lost_write(settings: Settings, tier: int) -> datetime | None:
    """When the oldest write happened, UTC, that no backup has; None where none would be lost.

    Of tier 1, landed files, the tier store and, on PostgreSQL, the server's log; of the others the
    warehouse too, whose rows can be loaded again from landed files. What is live and cannot be seen
    from here counts as written on ever since.
    """
    store = Store.of(settings)
    lost = [_first_lost_file(settings, store), part_of(settings).first_lost_write(store, tier)]
    return min(filter(None, lost), default=None)


def _first_lost_file(settings: Settings, store: Store) -> datetime | None:
    if not settings.landing.is_dir():
        newest = store.newest()
        return newest.made_at if newest else None
    held = {key: holding.entry for key, holding in file_holdings(store, None).items()}
    times = []
    for name, folder in roots(settings).items():
        for source in sources(folder, name):
            with contextlib.suppress(OSError):
                status = source.path.stat()
                entry = held.get(key_of(source.name))
                if entry is None or entry.modified_ns != status.st_mtime_ns:
                    # A copied file may carry an old time; it came when its entry was made.
                    times.append(max(status.st_mtime, status.st_ctime))
    return _utc(min(times)) if times else None


def _next_scenario(settings: Settings) -> str:
    """The scenario whose last rehearsal is longest ago, or that was never rehearsed."""
    last = dict.fromkeys(SCENARIOS, -1)
    last |= {past.scenario: place for place, past in enumerate(past_drills(settings))}
    return min(SCENARIOS, key=lambda name: last[name])


def _record(settings: Settings, report: DrillReport) -> None:
    books.record(
        settings,
        "backup_drills",
        drill_id=report.drill_id,
        tier=report.tier,
        scenario=report.scenario,
        backup_id=report.backup_id,
        outcome=report.outcome,
        rto_seconds=report.rto_seconds,
        rpo_seconds=report.rpo_seconds,
        table_count=report.tables,
        differing_table_count=report.differing_tables,
        tests_passed=report.tests_passed,
        tests_failed=report.tests_failed,
        error_class=report.error_class,
        started_at=report.started_at,
        ended_at=utc_now(),
    )


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
