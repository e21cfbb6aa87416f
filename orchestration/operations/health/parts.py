"""Measure the parts of the health score, each in a unit in which more is worse."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.backup.drill.standing import standing
from orchestration.backup.store import Store
from orchestration.core.clock import TOLERANCE, utc_now
from orchestration.core.errors import PublishRefused
from orchestration.core.settings import Settings
from orchestration.lifecycle.errors import KeyMissing, LifecycleError
from orchestration.lifecycle.plan import plan, unknown_in_store
from orchestration.lifecycle.withdrawn import withdrawn as withdrawn_relations
from orchestration.operations.health.quality import worst_streams
from orchestration.policies.backup import tiers
from orchestration.warehouse import books
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Query
from orchestration.warehouse.relations import has_column

RECENT_DAYS = 7


@dataclass(frozen=True)
class State:
    """What measurements read: the warehouse, its relations, the settings and the time (UTC)."""

    query: Query
    relations: Collection[str]
    settings: Settings
    now: datetime

    @classmethod
    def at_present(cls, query: Query, relations: Collection[str], settings: Settings) -> State:
        """Return a state with the current time."""
        return cls(query, relations, settings, utc_now())

    def has(self, relation: str) -> bool:
        """Whether a relation exists."""
        return relation in self.relations

    def is_known(self, day: str) -> str:
        """Return an SQL condition that a day is not after the last delivery.

        Rows with times in the future must not make their day the latest one.
        """
        if not self.has("governance.last_delivery"):
            return "true"
        return f"{day} <= (select last_day from governance.last_delivery)"


@dataclass(frozen=True)
class Measured:
    """A figure in the part's unit, and the finding in words; it names no person.

    Attributes:
        value: None if there is nothing to measure, infinity for what never happened.
    """

    value: float | None
    finding: str


def freshness(state: State) -> Measured:
    """Measure the hours since the last load of the stream that was loaded longest ago."""
    if not state.has("raw.load_ledger"):
        return Measured(math.inf, "nothing was ever loaded")
    # The last load by number, not by time: the clock may have gone back.
    rows = state.query(
        "select source || '.' || stream, loaded_at from (select source, stream, loaded_at, "
        "row_number() over (partition by source, stream order by batch_id desc) as place "
        "from raw.load_ledger) as files where place = 1 order by 1"
    )
    if not rows:
        return Measured(math.inf, "nothing was ever loaded")
    waited = [(_age(state, loaded_at), stream) for stream, loaded_at in rows]
    hours, stream = max(waited, key=lambda found: found[0])
    return Measured(hours, f"{len(rows)} streams; {stream} was loaded {_ago(hours)}")


def rejects(state: State) -> Measured:
    """Measure the percentage of recently loaded lines that were rejected."""
    if not state.has("raw.load_ledger"):
        return Measured(None, "nothing was ever loaded")
    since = state.now - timedelta(days=RECENT_DAYS)
    [(lines, rejected)] = state.query(
        "select coalesce(sum(line_count), 0), coalesce(sum(reject_count), 0) "
        f"from raw.load_ledger where loaded_at >= timestamp '{since}'"
    )
    share = 100 * float(rejected) / float(lines) if lines else 0.0
    return Measured(share, f"{int(rejected):,} of {int(lines):,} lines in {RECENT_DAYS} days")


def files(state: State) -> Measured:
    """Count the landed files that could not be loaded."""
    if not state.has("raw.failed_files"):
        return Measured(None, "nothing was ever loaded")
    failed = [path for (path,) in state.query("select path from raw.failed_files")]
    folders = Counter("/".join(path.split("/")[:2]) for path in failed)
    listed = ", ".join(f"{count:,} in {folder}" for folder, count in sorted(folders.items()))
    return Measured(float(len(failed)), listed or "every landed file is loaded")


def tests(state: State) -> Measured:
    """Count the tests and models whose last run failed."""
    if not state.has("governance.node_results"):
        return Measured(math.inf, "nothing was ever built")
    if not has_column(state.query, "invocations", "invocation_number"):
        return Measured(math.inf, "nothing was built by this version")
    [(failing, known)] = state.query(
        "select count(case when status in ('fail', 'error', 'runtime error') then 1 end), "
        "count(*) from (select status, row_number() over ("
        "partition by unique_id order by invocation_number desc) as place "
        "from governance.node_results join governance.invocations using (invocation_id)"
        ") as results where place = 1"
    )
    return Measured(float(failing), f"{failing} of {known} tests and models failed when last run")


def quality(state: State) -> Measured:
    """Measure by how many points the worst stream in its worst dimension falls short of 100 %."""
    worst = worst_streams(state.query, state.relations)
    if not worst:
        return Measured(None, "no stream is scored")
    found = (f"{one.stream} scores {one.score_percent:.1f} % in {one.dimension}" for one in worst)
    return Measured(100 - worst[0].score_percent, "; ".join(found))


def publication(state: State) -> Measured:
    """Measure the hours since the last publication."""
    return _since(state, "publish", "published")


def backup(state: State) -> Measured:
    """Measure the hours since the last successful backup; one that shrank does not count."""
    last = Store.of(state.settings).newest(warehouse=True)
    if last is not None and last.manifest.shrunk:
        return Measured(math.inf, f"{last.id}: {last.manifest.shrunk}")
    return _last(
        state,
        "backup_log",
        "action = 'create' and outcome = 'success'",
        "backed up",
    )


def drill(settings: Settings, now: datetime) -> Measured:
    """Count the tiers whose last drill failed, missed an objective or is overdue.

    Opens the warehouse itself.
    """
    found = [standing(settings, tier, now) for tier in tiers()]
    bad = [f"tier {state.tier}: {state.reason}" for state in found if not state.is_good]
    well = f"{len(found) - len(bad)} of {len(found)} tiers are proven to meet their objectives"
    return Measured(float(len(bad)), "; ".join([well, *bad]))


def lifecycle(settings: Settings, now: datetime) -> Measured:
    """Count the rows that were due a day ago and have not been moved.

    Opens the warehouse itself.
    """
    try:
        steps = plan(settings, as_of=(now - timedelta(days=1)).date())
        unknown = sum(unknown_in_store(settings).values())
    except (LifecycleError, KeyMissing, PublishRefused) as error:
        return Measured(None, str(error))
    rows, held = sum(step.rows for step in steps), sum(step.held for step in steps)
    finding = f"{rows:,} rows are past their limit, {held:,} under legal hold"
    if unknown:
        finding += f"; {unknown:,} files in the tier store are not this warehouse's"
    return Measured(float(rows), finding)


def withdrawn(state: State) -> Measured:
    """Count the relations that the project no longer names, so that no policy ends their rows."""
    if not state.relations:
        return Measured(None, "the warehouse is empty")
    found = withdrawn_relations(state.query, warehouse_of(state.settings))
    named = f": {', '.join(list(found)[:5])}" if found else ""
    return Measured(float(len(found)), f"{len(found)} relations are in no policy{named}")


def clock(state: State) -> Measured:
    """Measure 1 if the clock went back between the last recorded stages or since, else 0."""
    if not state.has("governance.pipeline_runs"):
        return Measured(None, "nothing is on record")
    warning = books.clock_gone_back(state.query, now=state.now)
    return Measured(float(warning is not None), warning or "the clock only went forward")


def disk(state: State) -> Measured:
    """Measure the percentage of the disk that is in use."""
    # The home may not exist yet.
    root = state.settings.root
    usage = shutil.disk_usage(next(folder for folder in (root, *root.parents) if folder.exists()))
    percent = 100 * (1 - usage.free / usage.total)
    return Measured(
        percent, f"{usage.free / 2**30:,.1f} GiB of {usage.total / 2**30:,.1f} are free"
    )


def performance(state: State) -> Measured:
    """Measure the percentage of the assistant's system metrics above threshold on the last day."""
    if not state.has("assistant.system_performance"):
        return Measured(None, "nothing was measured")
    [(alerts, judged, day)] = state.query(
        "select count(case when is_alert then 1 end), count(alert_threshold), max(metric_date) "
        "from assistant.system_performance where metric_date = (select max(metric_date) "
        f"from assistant.system_performance where {state.is_known('metric_date')})"
    )
    if not judged:
        return Measured(None, "nothing was measured")
    return Measured(
        100 * alerts / judged,
        f"{alerts:,} of {judged:,} measurements on {day} are above their threshold",
    )


Part = Callable[[State], Measured]
# Parts that only query the open warehouse; `lifecycle` and `drill` open it themselves.
PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (
        freshness, files, rejects, tests, quality, publication, backup, withdrawn, clock, disk,
        performance,
    )
}  # fmt: skip


def _since(state: State, stage: str, done: str) -> Measured:
    """Measure the hours since a stage last succeeded."""
    return _last(state, "pipeline_runs", f"stage = '{stage}' and status = 'success'", done)


def _last(state: State, book: str, condition: str, done: str) -> Measured:
    """Measure the hours since the last entry of a book that meets a condition."""
    rows = state.has(f"governance.{book}") and state.query(
        f"select ended_at from governance.{book} where {condition} "
        f"order by {books.NUMBER} desc limit 1"
    )
    if not rows:
        return Measured(math.inf, f"never {done}")
    hours = _age(state, rows[0][0])
    return Measured(hours, f"{done} {_ago(hours)}")


def _age(state: State, then: datetime) -> float:
    """Return the age of a UTC time in hours; infinity for a future time, which is unreliable."""
    return math.inf if then - state.now > TOLERANCE else (state.now - then) / timedelta(hours=1)


def _ago(hours: float) -> str:
    if math.isinf(hours):
        return "at a time in the future: the clock is or was wrong"
    return f"{hours:.1f} hours ago" if hours < 48 else f"{hours / 24:.1f} days ago"
