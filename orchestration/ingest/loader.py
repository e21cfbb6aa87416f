"""Load new files from the landing zone, exactly once and without losing a line.

A group of files is one transaction: rows, rejects, ledger entries and the days they touch are
committed together or not at all. A rerun skips whatever the ledger lists, so loading is idempotent.
For every file, lines = rows + rejects.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import psycopg

from orchestration.core.clock import utc_now
from orchestration.core.contracts import Contracts, load_contracts
from orchestration.core.errors import is_full
from orchestration.core.home import sweep_landing
from orchestration.core.settings import Settings
from orchestration.ingest.batch import Batches, UnloadableError
from orchestration.ingest.raw_schema import append, prepare
from orchestration.ingest.scope import Scope
from orchestration.landing.zone import (
    Failure,
    LandedFile,
    delivery_order,
    discover,
    landed_at,
)
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Writing
from orchestration.warehouse.stages import stage

# Most bytes and files of one transaction.
GROUP_BYTES = 2048 << 20
GROUP_FILES = 1_000

Progress = Callable[[int, int], None]


@dataclass
class IngestReport:
    """What one run did; `size_bytes` is the size of the files on disk."""

    files: int = 0
    size_bytes: int = 0
    lines: int = 0
    rows: int = 0
    rejects: int = 0
    failures: list[Failure] = field(default_factory=list)


def ingest(
    settings: Settings,
    progress: Progress | None = None,
    *,
    only: Collection[tuple[str, str]] | None = None,
    until: date | None = None,
) -> IngestReport:
    """Load every landed file that is not in the ledger yet.

    A file that cannot be loaded is reported in `failures` and does not stop the others.

    Args:
        progress: called with (bytes done, bytes in total) after each group of files.
        only: load these streams, given as (source, stream); all by default.
        until: last delivery day to load; by default there is no limit.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    sweep_landing(settings)
    with stage(settings, "ingest") as noted:
        report = _ingest(settings, progress, only, until)
        noted.records_in, noted.records_out = report.lines, report.rows
        noted.size_bytes = report.size_bytes
    return report


def _ingest(
    settings: Settings,
    progress: Progress | None,
    only: Collection[tuple[str, str]] | None,
    until: date | None,
) -> IngestReport:
    contracts = load_contracts()
    report = IngestReport()
    with warehouse_of(settings).writing() as warehouse:
        prepare(warehouse, list(contracts.values()))
        _fill_landed_at(warehouse)
        scope = Scope(contracts, only, until)
        found, failures = discover(settings.landing, contracts)
        found = [file for file in found if scope.covers(file.path)]
        report.failures = [failure for failure in failures if scope.covers(failure.path)]
        fresh = _fresh(settings, found, warehouse, report.failures)
        total = sum(file.size_bytes for file in fresh)
        batches = Batches(settings.landing, warehouse)
        for group in _groups(fresh):
            _load_group(batches, contracts, group, report)
            if progress:
                progress(report.size_bytes, total)
        _record_failures(warehouse, report.failures, scope)
        for source, stream in dict.fromkeys((file.source, file.stream) for file in fresh):
            warehouse.refresh_statistics(contracts[source, stream].relation)
    return report


def _fill_landed_at(warehouse: Writing) -> None:
    """Fill `landed_at` for files that were loaded before the ledger had that column."""
    for (path,) in warehouse.query("select path from raw.load_ledger where landed_at is null"):
        warehouse.change(
            "update raw.load_ledger set landed_at = $1 where path = $2", [landed_at(path), path]
        )


def _fresh(
    settings: Settings, found: list[LandedFile], warehouse: Writing, failures: list[Failure]
) -> list[LandedFile]:
    """Return the files that the ledger does not list, in delivery order.

    A listed file whose content has changed is added to `failures`. One whose content is the same
    but was touched, for example by a restore, only gets its new time noted.
    """
    known = {
        path: (size, modified, sha256)
        for path, size, modified, sha256 in warehouse.query(
            "select path, size_bytes, modified_ns, sha256 from raw.load_ledger"
        )
    }
    fresh, touched = [], []
    for file in found:
        if file.path not in known:
            fresh.append(file)
            continue
        size, modified, sha256 = known[file.path]
        if (size, modified) == (file.size_bytes, file.modified_ns):
            continue
        if size == file.size_bytes and _sha256(settings.landing / file.path) == sha256:
            touched.append(file)
        else:
            failures.append(
                Failure(
                    file.path,
                    "has changed since it was loaded; landed files are never edited: "
                    "put the old content back and land the new records as a new file",
                )
            )
    for file in touched:
        warehouse.change(
            "update raw.load_ledger set modified_ns = $1 where path = $2",
            [file.modified_ns, file.path],
        )
    return sorted(fresh, key=lambda f: (f.source, f.stream, delivery_order(f.path)))


def _sha256(path: Path) -> str | None:
    """Return the SHA-256 of a file on disk; None if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _groups(files: list[LandedFile]) -> Iterator[list[LandedFile]]:
    """Split files into groups: each of one stream, in delivery order, up to a size and number."""
    for _, of_stream in itertools.groupby(files, key=lambda f: (f.source, f.stream)):
        group: list[LandedFile] = []
        size = 0
        for file in of_stream:
            if group and (size + file.size_bytes > GROUP_BYTES or len(group) == GROUP_FILES):
                yield group
                group, size = [], 0
            group.append(file)
            size += file.size_bytes
        yield group


def _load_group(
    batches: Batches,
    contracts: Contracts,
    group: list[LandedFile],
    report: IngestReport,
) -> None:
    """Load a group; if a file cannot be loaded, leave it out and try the others again."""
    stream = contracts[group[0].source, group[0].stream]
    while group:
        try:
            entries = batches.load(stream, group)
        except UnloadableError as problem:
            report.failures.append(Failure(problem.file.path, problem.reason))
            group = [file for file in group if file is not problem.file]
        except (duckdb.Error, psycopg.Error, OSError) as error:
            # The engine does not say which file it was: load them one by one.
            if len(group) > 1:
                for file in group:
                    _load_group(batches, contracts, [file], report)
            else:
                report.failures.append(Failure(group[0].path, _engine_reason(error)))
            return
        else:
            report.files += len(entries)
            for entry in entries:
                report.size_bytes += entry.size_bytes
                report.lines += entry.line_count
                report.rows += entry.row_count
                report.rejects += entry.reject_count
            return


def _engine_reason(error: Exception) -> str:
    """Say why the warehouse did not take a file, without the values an engine may quote."""
    if is_full(error):
        return "the disk is full, or a quota is: free some space and run ingest again"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "memory ran out: let other programs leave some, and run ingest again"
    return f"the warehouse did not take it ({type(error).__name__})"


def _record_failures(warehouse: Writing, failures: list[Failure], scope: Scope) -> None:
    """Replace the failures of the files in scope; those of other files stay."""
    with warehouse.transaction():
        known = warehouse.query("select path, reason, failed_at from raw.failed_files")
        kept = [row for row in known if not scope.covers(row[0])]
        warehouse.change("delete from raw.failed_files")
        append(warehouse, "failed_files", kept + [(f.path, f.reason, utc_now()) for f in failures])
