"""Load what is new in the landing zone: exactly once, and nothing lost.

A group of files is one transaction: their rows, their rejects, their ledger entries and the days
they touch appear together or not at all. For every file, lines = rows + rejects.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import psycopg
import pyarrow as pa

from orchestration.contracts import Contracts, Stream, load_contracts
from orchestration.errors import GranaryError
from orchestration.ingest.landing import Failure, LandedFile, discover
from orchestration.ingest.parse_sql import insert_rejects, insert_rows
from orchestration.ingest.reader import (
    FileDigest,
    FileFailure,
    read_chunks,
)
from orchestration.ingest.scope import Scope
from orchestration.ingest.slabs import SLAB_BYTES, Slabs
from orchestration.ingest.targets import Row, Target, open_target
from orchestration.settings import Settings

GROUP_BYTES = 2048 << 20
CHUNK_BYTES = 256 << 20
GROUP_FILES = 1_000
# How engines and systems say that there is no room.
FULL = ("no space left", "disk", "file too large", "could not write", "quota", "out of memory")

T = TypeVar("T")
Progress = Callable[[int, int], None]


@dataclass
class IngestReport:
    """What one run did. Sizes in bytes of the files as they lie on disk."""

    files: int = 0
    size_bytes: int = 0
    lines: int = 0
    rows: int = 0
    rejects: int = 0
    failures: list[Failure] = field(default_factory=list)


class ConservationError(GranaryError):
    """Lines went missing between a file and the warehouse; nothing of the batch is kept."""


class _Unloadable(Exception):
    def __init__(self, file: LandedFile, reason: str) -> None:
        super().__init__(reason)
        self.file = file
        self.reason = reason


def ingest(
    settings: Settings,
    progress: Progress | None = None,
    *,
    only: Collection[tuple[str, str]] | None = None,
    until: date | None = None,
) -> IngestReport:
    """Load every landed file that is not in the ledger yet.

    Args:
        progress: called with (bytes done, bytes in all) after each group of files.
        only: load these streams, given as (source, stream); all by default.
        until: leave files of later delivery days alone.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    contracts = load_contracts()
    report = IngestReport()
    with open_target(settings) as target:
        target.prepare(list(contracts.values()))
        scope = Scope(contracts, only, until)
        found, failures = discover(settings.landing, contracts)
        found = [file for file in found if scope.covers(file.path)]
        report.failures = [failure for failure in failures if scope.covers(failure.path)]
        fresh = _fresh(settings, found, target, report.failures)
        total = sum(file.size_bytes for file in fresh)
        slabs = Slabs(SLAB_BYTES)
        for group in _groups(fresh):
            _load_group(settings, contracts, target, slabs, group, report)
            if progress:
                progress(report.size_bytes, total)
        _record_failures(target, report.failures, scope)
    return report


def _fresh(
    settings: Settings, found: list[LandedFile], target: Target, failures: list[Failure]
) -> list[LandedFile]:
    """Files the ledger does not know; a known one whose content has changed is a failure."""
    known = {
        path: (size, modified, sha256)
        for path, size, modified, sha256 in target.query(
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
    target.note_times(touched)
    return fresh


def _sha256(path: Path) -> str | None:
    """Digest of a file as it lies, or None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _groups(files: list[LandedFile]) -> Iterator[list[LandedFile]]:
    """Files of one stream, in delivery order, up to a size."""
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
    settings: Settings,
    contracts: Contracts,
    target: Target,
    slabs: Slabs,
    group: list[LandedFile],
    report: IngestReport,
) -> None:
    """Load a group; a file that cannot be loaded is left out and the others go again."""
    stream = contracts[group[0].source, group[0].stream]
    while group:
        try:
            entries = _load(settings, target, stream, slabs, group)
        except _Unloadable as problem:
            report.failures.append(Failure(problem.file.path, problem.reason))
            group = [file for file in group if file is not problem.file]
        except (duckdb.Error, psycopg.Error, OSError) as error:
            if len(group) > 1:
                for file in group:
                    _load_group(settings, contracts, target, slabs, [file], report)
            else:
                report.failures.append(Failure(group[0].path, _engine_reason(error)))
            return
        else:
            report.files += len(entries)
            for _, _, _, _, size, _, _, lines, rows, rejects, *_ in entries:
                report.size_bytes += size
                report.lines += lines
                report.rows += rows
                report.rejects += rejects
            return


def _engine_reason(error: Exception) -> str:
    """Why the warehouse did not take a file, without the values an engine may quote."""
    message = str(error).lower()
    if any(sign in message for sign in FULL):
        return "the disk is full or memory ran out: free some space and run ingest again"
    return f"the warehouse did not take it ({type(error).__name__})"


def _load(
    settings: Settings, target: Target, stream: Stream, slabs: Slabs, group: list[LandedFile]
) -> list[Row]:
    started = _now()
    first_id = _next(target, "file_id")
    batch_id = _next(target, "batch_id")
    ids = {first_id + i: file for i, file in enumerate(group)}
    digests = {file_id: FileDigest() for file_id in ids}
    rows_table, rejects_table = target.tables(stream)
    add_rows = insert_rows(stream, rows_table)
    add_rejects = insert_rejects(stream, rejects_table)
    engine, batch = target.engine, {"batch_id": batch_id}

    with target.transaction():
        engine.register("files", pa.table({"file_id": list(ids), "path": [f.path for f in group]}))
        for chunk in _prefetched(_chunks(settings, slabs, ids, digests)):
            # `chunk` and `left_out` are found by name: registered, they would be kept in memory
            # until the transaction ends.
            # Pushed below the parsing, the filter would parse a line once a condition.
            engine.execute("set disabled_optimizers = 'filter_pushdown'")
            inserted = engine.execute(add_rows, batch).fetchall()[0][0]
            engine.execute("reset disabled_optimizers")
            if inserted < len(chunk):
                left_out = _left_out(engine, chunk, rows_table, batch_id)
                engine.execute(add_rejects, batch)
                del left_out
            del chunk
        entries = [
            (
                file_id,
                file.source,
                file.stream,
                file.path,
                digests[file_id].size_bytes,
                file.modified_ns,
                digests[file_id].sha256.hexdigest(),
                digests[file_id].line_count,
                rows.get(file_id, 0),
                rejects.get(file_id, 0),
                batch_id,
                started,
                _now(),
            )
            for rows, rejects in [
                (
                    _counts(engine, rows_table, "_file_id", "_batch_id", batch_id),
                    _counts(engine, rejects_table, "file_id", "batch_id", batch_id),
                )
            ]
            for file_id, file in ids.items()
        ]
        _check_conservation(entries)
        windows = engine.execute(
            f"select distinct _event_date from {rows_table} where _batch_id = $batch_id", batch
        ).fetchall()
        target.publish(stream)
        target.insert("load_ledger", entries)
        target.insert(
            "window_changes", [(stream.source, stream.name, day, batch_id) for (day,) in windows]
        )
    return entries


def _chunks(
    settings: Settings,
    slabs: Slabs,
    ids: dict[int, LandedFile],
    digests: dict[int, FileDigest],
) -> Iterator[pa.Table]:
    """Chunks of all files one after the other; small files share a chunk."""
    waiting: list[pa.Table] = []
    size = 0
    for file_id, file in ids.items():
        try:
            for table in read_chunks(settings.landing / file.path, digests[file_id], slabs):
                column = pa.repeat(pa.scalar(file_id, pa.int64()), len(table))
                waiting.append(table.add_column(0, "file_id", column))
                size += table.nbytes
                if size >= CHUNK_BYTES:
                    yield pa.concat_tables(waiting)
                    waiting, size = [], 0
        except FileFailure as failure:
            raise _Unloadable(file, str(failure)) from None
        if digests[file_id].size_bytes != file.size_bytes:
            raise _Unloadable(file, "changed while it was read: land files by renaming them")
    if waiting:
        yield pa.concat_tables(waiting)


def _left_out(
    engine: duckdb.DuckDBPyConnection, chunk: pa.Table, rows_table: str, batch_id: int
) -> pa.Table:
    """Lines of a chunk that did not become rows."""
    file_ids, lines = chunk["file_id"].to_numpy(), chunk["line"].to_numpy()
    loaded = engine.execute(
        f"select _file_id, _line from {rows_table} where _batch_id = $batch_id "
        f"and _file_id between $first_file and $last_file and _line between $low and $high",
        {
            "batch_id": batch_id,
            "first_file": int(file_ids[0]),
            "last_file": int(file_ids[-1]),
            "low": int(lines.min()),
            "high": int(lines.max()),
        },
    ).fetchnumpy()
    # Both rise, which makes a search by halves 50 times faster than a set.
    places = _place(file_ids, lines)
    rows = _place(loaded["_file_id"], loaded["_line"])
    found = np.searchsorted(places, rows).clip(max=len(places) - 1)
    is_left_out = np.ones(len(places), dtype=bool)
    is_left_out[found[places[found] == rows]] = False
    return chunk.filter(pa.array(is_left_out))


def _place(file_ids: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """One number a line of a batch: a file would need 2**40 lines to reach the next file's."""
    places: np.ndarray = (file_ids << 40) + lines
    return places


def _prefetched(items: Iterable[T]) -> Iterator[T]:
    """The same items, each made in another thread while the one before is used."""
    iterator = iter(items)
    end = object()
    with ThreadPoolExecutor(1) as worker:
        upcoming = worker.submit(next, iterator, end)
        while (item := upcoming.result()) is not end:
            upcoming = worker.submit(next, iterator, end)
            yield item  # type: ignore[misc]


def _counts(
    engine: duckdb.DuckDBPyConnection, table: str, file: str, batch: str, batch_id: int
) -> dict[int, int]:
    return dict(
        engine.execute(
            f"select {file}, count(*) from {table} where {batch} = $batch_id group by all",
            {"batch_id": batch_id},
        ).fetchall()
    )


def _check_conservation(entries: list[Row]) -> None:
    for entry in entries:
        path, lines, rows, rejects = entry[3], entry[7], entry[8], entry[9]
        if lines != rows + rejects:
            raise ConservationError(
                f"{path}: {lines} lines became {rows} rows and {rejects} rejects; nothing loaded"
            )


def _record_failures(target: Target, failures: list[Failure], scope: Scope) -> None:
    """Replace what is known about the files that were looked at."""
    with target.transaction():
        known = target.query("select path, reason, failed_at from raw.failed_files")
        kept = [row for row in known if not scope.covers(row[0])]
        target.delete_all("failed_files")
        target.insert("failed_files", kept + [(f.path, f.reason, _now()) for f in failures])


def _next(target: Target, column: str) -> int:
    tables = ["load_ledger"] + (["window_changes"] if column == "batch_id" else [])
    union = " union all ".join(f"select max({column}) as id from raw.{t}" for t in tables)
    return int(target.query(f"select coalesce(max(id), 0) + 1 from ({union}) as ids")[0][0])


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
