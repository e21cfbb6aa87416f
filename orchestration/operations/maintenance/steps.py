"""The steps of a day's maintenance. Each returns a short summary of its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestration.backup.create import create
from orchestration.backup.prune import prune as prune_backups
from orchestration.core.errors import ConfigurationError, GranaryError
from orchestration.core.settings import Settings
from orchestration.dbt.catalog import write_catalog
from orchestration.dbt.run import build
from orchestration.export.retention import prune as prune_exports
from orchestration.extract.run import extract
from orchestration.extract.sources import is_configured
from orchestration.ingest.loader import ingest
from orchestration.lifecycle.apply import apply, finish_compaction
from orchestration.operations.health.parts import PARTS, State
from orchestration.operations.health.score import assess, judged
from orchestration.secrecy import keys
from orchestration.serving.publish import publish
from orchestration.sources.found import databases
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.relations import tables
from orchestration.warehouse.stages import Skipped


class StepFailed(GranaryError):
    """A step ran, and found or left something wrong."""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: name of the step.
        act: does the work and returns a summary.
        what: what the step does, for a dry run.
        needs: steps that must succeed first; without them this one would be useless or harmful.
    """

    name: str
    act: Callable[[Settings], str]
    what: str
    needs: tuple[str, ...] = ()


def _extract(settings: Settings) -> str:
    sources = [name for name in databases() if is_configured(name, settings)]
    if not sources:
        raise Skipped("no application's database is configured")
    reports = [extract(settings, name) for name in sources]
    failed = [table.table for report in reports for table in report.failures]
    if failed:
        raise StepFailed(f"not extracted: {', '.join(failed)}")
    return f"{sum(t.rows for report in reports for t in report.tables):,} rows"


def _ingest(settings: Settings) -> str:
    report = ingest(settings)
    if report.failures:
        raise StepFailed(f"{len(report.failures)} files could not be loaded: granary status")
    return f"{report.lines:,} lines = {report.rows:,} rows + {report.rejects:,} rejects"


def _build(settings: Settings) -> str:
    logs = settings.root / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with open(logs / "maintain-dbt.log", "w", encoding="utf-8") as output:
        return build(settings, output=output).summary


def _publish(settings: Settings) -> str:
    published = publish(settings)
    if published.held_back:
        raise StepFailed(f"published, except: {' '.join(published.held_back)}")
    return f"{published.relations} relations, {published.rows:,} rows"


def _look_at(*names: str) -> Callable[[Settings], str]:
    def look(settings: Settings) -> str:
        with warehouse_of(settings).reading() as query:
            state = State.at_present(query, tables(query), settings)
            parts = [judged(name, PARTS[name](state)) for name in names]
        found = "; ".join(part.finding for part in parts)
        if any(part.status == "error" for part in parts):
            raise StepFailed(found)
        return found

    return look


def _lifecycle(settings: Settings) -> str:
    report = apply(settings)
    moved = sum(step.rows for step in report.steps)
    return f"{moved:,} rows and files in {len(report.steps)} moves"


def _compact(settings: Settings) -> str:
    size = finish_compaction(settings)
    if size is None:
        raise Skipped("no compaction was left unfinished")
    return f"{size:,} bytes"


def _backup(settings: Settings) -> str:
    try:
        keys.read_recipients(settings)
    except ConfigurationError as missing:
        raise Skipped(str(missing)) from None
    report = create(settings)
    if report.shrunk:
        raise StepFailed(f"{report.backup_id}: {report.shrunk}")
    return f"{report.tables} tables, {report.rows:,} rows, {report.size_bytes:,} bytes"


def _prune(settings: Settings) -> str:
    exports = prune_exports(settings)
    backups = prune_backups(settings)
    return f"{len(backups.removed)} backups and {len(exports)} exports removed"


def _catalog(settings: Settings) -> str:
    return str(write_catalog(settings))


def _health(settings: Settings) -> str:
    found = assess(settings)
    worst = [part.part for part in found.parts if part.status == "error"]
    return f"{found.score_percent} %" + (f"; look at {', '.join(worst)}" if worst else "")


STEPS = (
    Step("extract", _extract, "land what is new in the applications' databases"),
    Step("ingest", _ingest, "load every landed file that is new"),
    Step("build", _build, "build and test every model"),
    Step("quality", _look_at("tests", "quality", "rejects"), "look at tests, scores and rejects"),
    Step("performance", _look_at("performance"), "look at measurements above their threshold"),
    # Before publishing, so that readers do not see rows past their retention for another day.
    Step("lifecycle", _lifecycle, "move, anonymise and destroy what is due", needs=("build",)),
    # Even if the build failed: bytes of destroyed rows must go.
    Step("compact", _compact, "rewrite the file if a killed lifecycle run could not"),
    Step("publish", _publish, "give readers the new version", needs=("build",)),
    Step("backup", _backup, "back the warehouse up"),
    Step("prune", _prune, "remove expired backups and exports", needs=("backup",)),
    Step("catalog", _catalog, "write the catalog", needs=("build",)),
    Step("health", _health, "assess the warehouse's health"),
)
