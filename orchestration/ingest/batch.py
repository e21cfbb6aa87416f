"""Load one batch in one transaction: files of a stream become rows, rejects and ledger entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.core.clock import utc_now
from orchestration.core.contracts import Stream
from orchestration.core.errors import GranaryError
from orchestration.ingest.chunks import FileDigest, FileFailure
from orchestration.ingest.parse_sql import insert_rejects, insert_rows
from orchestration.ingest.raw_schema import REJECTS_TABLE, LedgerEntry, append
from orchestration.ingest.reader import read_chunks
from orchestration.ingest.slabs import SLAB_BYTES, Slabs
from orchestration.landing.zone import LandedFile, landed_at
from orchestration.warehouse.protocol import Writing

# Lines are parsed in chunks of about this size: a chunk and its rows must fit into memory.
CHUNK_BYTES = 256 << 20

T = TypeVar("T")


class ConservationError(GranaryError):
    """Lines were lost between a file and the warehouse; the batch was rolled back."""


class UnloadableError(Exception):
    """One file of a batch cannot be loaded; the reason quotes none of its content."""

    def __init__(self, file: LandedFile, reason: str) -> None:
        super().__init__(reason)
        self.file = file
        self.reason = reason


class Batches:
    """Loads batches into a warehouse, one after the other, reusing the same read buffers."""

    def __init__(self, landing: Path, warehouse: Writing) -> None:
        self._landing = landing
        self._warehouse = warehouse
        self._slabs = Slabs(SLAB_BYTES)

    def load(self, stream: Stream, files: list[LandedFile]) -> list[LedgerEntry]:
        """Load all files of a batch or none, and return their ledger entries.

        Raises:
            UnloadableError: a file cannot be read, or changed while it was read.
            ConservationError: a line became neither a row nor a reject.
        """
        warehouse, engine = self._warehouse, self._warehouse.engine
        started = utc_now()
        first_id = _next(warehouse, "file_id")
        batch = {"batch_id": _next(warehouse, "batch_id")}
        ids = {first_id + i: file for i, file in enumerate(files)}
        digests = {file_id: FileDigest() for file_id in ids}
        with warehouse.transaction():
            self._insert(stream, ids, digests, batch)
            rows = _counts(engine, stream.relation, "_file_id", "_batch_id", batch)
            rejects = _counts(engine, REJECTS_TABLE, "file_id", "batch_id", batch)
            entries = [
                LedgerEntry(
                    file_id=file_id,
                    source=file.source,
                    stream=file.stream,
                    path=file.path,
                    size_bytes=digests[file_id].size_bytes,
                    modified_ns=file.modified_ns,
                    sha256=digests[file_id].sha256.hexdigest(),
                    line_count=digests[file_id].line_count,
                    row_count=rows.get(file_id, 0),
                    reject_count=rejects.get(file_id, 0),
                    batch_id=batch["batch_id"],
                    started_at=started,
                    loaded_at=utc_now(),
                    landed_at=landed_at(file.path),
                )
                for file_id, file in ids.items()
            ]
            _check_conservation(entries)
            days = engine.execute(
                f"select distinct _event_date from {stream.relation} where _batch_id = $batch_id",
                batch,
            ).fetchall()
            for table in (stream.relation, REJECTS_TABLE):
                warehouse.take_in(table)
            append(warehouse, "load_ledger", [entry.row for entry in entries])
            append(
                warehouse,
                "window_changes",
                [(stream.source, stream.name, day, batch["batch_id"]) for (day,) in days],
            )
        return entries

    def _insert(
        self,
        stream: Stream,
        ids: dict[int, LandedFile],
        digests: dict[int, FileDigest],
        batch: dict[str, int],
    ) -> None:
        """Parse every line and insert it as a row or a reject.

        The statements read the Python variables `_chunk` and `_left_out` by name (DuckDB's
        replacement scan). Registered relations would stay in memory until the transaction ends.
        """
        engine = self._warehouse.engine
        add_rows = insert_rows(stream, stream.relation)
        add_rejects = insert_rejects(stream, REJECTS_TABLE)
        paths = [file.path for file in ids.values()]
        engine.register("_files", pa.table({"_file_id": list(ids), "_path": paths}))
        for _chunk in _prefetched(self._chunks(stream, ids, digests)):
            # Pushed below the parsing, the filter would parse each line once per condition.
            engine.execute("set disabled_optimizers = 'filter_pushdown'")
            inserted = engine.execute(add_rows, batch).fetchall()[0][0]
            engine.execute("reset disabled_optimizers")
            if inserted < len(_chunk):
                _left_out = _not_loaded(engine, _chunk, stream.relation, batch)
                engine.execute(add_rejects, batch)
                del _left_out
            # Otherwise it would stay in memory while the next chunk is awaited.
            del _chunk

    def _chunks(
        self, stream: Stream, ids: dict[int, LandedFile], digests: dict[int, FileDigest]
    ) -> Iterator[pa.Table]:
        """Yield the lines of all files in chunks, in order; small files share a chunk."""
        waiting: list[pa.Table] = []
        size = 0
        fields = {column.called: column.required for column in stream.columns}
        for file_id, file in ids.items():
            path, digest = self._landing / file.path, digests[file_id]
            try:
                for table in read_chunks(path, digest, self._slabs, fields):
                    column = pa.repeat(pa.scalar(file_id, pa.int64()), len(table))
                    waiting.append(table.add_column(0, "_file_id", column))
                    size += table.nbytes
                    if size >= CHUNK_BYTES:
                        yield pa.concat_tables(waiting)
                        waiting, size = [], 0
            except FileFailure as failure:
                raise UnloadableError(file, str(failure)) from None
            if digest.size_bytes != file.size_bytes:
                raise UnloadableError(
                    file, "changed while it was read: land files by renaming them"
                )
        if waiting:
            yield pa.concat_tables(waiting)


def _not_loaded(
    engine: duckdb.DuckDBPyConnection, chunk: pa.Table, rows_table: str, batch: dict[str, int]
) -> pa.Table:
    """Return the lines of a chunk that did not become rows.

    A binary search over two sorted arrays: the lines of the chunk and those of the loaded rows.
    """
    file_ids, lines = chunk["_file_id"].to_numpy(), chunk["_line"].to_numpy()
    loaded = engine.execute(
        f"select _file_id, _line from {rows_table} where _batch_id = $batch_id "
        f"and _file_id between $first_file and $last_file and _line between $low and $high",
        batch
        | {
            "first_file": int(file_ids[0]),
            "last_file": int(file_ids[-1]),
            "low": int(lines.min()),
            "high": int(lines.max()),
        },
    ).fetchnumpy()
    # Fifty times as fast as a set of Python tuples.
    keys = _line_keys(file_ids, lines)
    rows = _line_keys(loaded["_file_id"], loaded["_line"])
    found = np.searchsorted(keys, rows).clip(max=len(keys) - 1)
    is_left_out = np.ones(len(keys), dtype=bool)
    is_left_out[found[keys[found] == rows]] = False
    return chunk.filter(pa.array(is_left_out))


def _line_keys(file_ids: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Combine file id and line number into one sortable integer; 40 bits hold any line number."""
    keys: np.ndarray = (file_ids << 40) + lines
    return keys


def _prefetched(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, producing the next one in another thread while the current one is used."""
    iterator = iter(items)
    with ThreadPoolExecutor(1) as worker:
        upcoming = worker.submit(list, islice(iterator, 1))
        while taken := upcoming.result():
            upcoming = worker.submit(list, islice(iterator, 1))
            yield taken[0]


def _counts(
    engine: duckdb.DuckDBPyConnection,
    table: str,
    file_column: str,
    batch_column: str,
    batch: dict[str, int],
) -> dict[int, int]:
    """Count the rows of a batch by file id."""
    sql = f"select {file_column}, count(*) from {table} where {batch_column} = $batch_id group by 1"
    return dict(engine.execute(sql, batch).fetchall())


def _check_conservation(entries: list[LedgerEntry]) -> None:
    """Raise ConservationError unless lines = rows + rejects in every file."""
    for entry in entries:
        if entry.line_count != entry.row_count + entry.reject_count:
            raise ConservationError(
                f"{entry.path}: {entry.line_count} lines became {entry.row_count} rows and "
                f"{entry.reject_count} rejects; nothing loaded"
            )


def _next(warehouse: Writing, column: str) -> int:
    """Return the next file or batch id. The writer lock makes max + 1 safe, without a sequence."""
    tables = ["load_ledger"] + (["window_changes"] if column == "batch_id" else [])
    union = " union all ".join(f"select max({column}) as id from raw.{t}" for t in tables)
    return int(warehouse.query(f"select coalesce(max(id), 0) + 1 from ({union}) as ids")[0][0])
