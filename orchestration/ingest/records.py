"""Records of CSV and Parquet files as JSON objects, one a line.

Names of columns are data here: they stand in SQL as texts, never as identifiers, because an engine
folds case, and takes a column for a table of the same name.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.core.sql import literal
from orchestration.ingest.chunks import LONGEST_LINE_BYTES, FileDigest, FileFailure, numbered
from orchestration.warehouse.duckdb import memory_session

HASH_BYTES = 1 << 20
RECORDS_A_CHUNK = 100_000
# Digits that a decimal of the engine has at most.
MOST_DIGITS = 38


def csv_chunks(
    stream: io.RawIOBase, digest: FileDigest, fields: Mapping[str, bool]
) -> Iterator[pa.Table]:
    """Records of a CSV file with a header; `_line` is the line a record begins at, less the header.

    An empty field is a missing value. A record whose width differs from the header is unfit, and
    so is one that is not UTF-8.
    """
    csv.field_size_limit(LONGEST_LINE_BYTES)
    text = io.TextIOWrapper(
        io.BufferedReader(stream), encoding="utf-8-sig", errors="surrogateescape", newline=""
    )
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        _check_header(header, fields)
        lines: list[int] = []
        texts: list[str] = []
        faults: list[str | None] = []
        for record in reader:
            digest.line_count += 1
            lines.append(digest.line_count)
            if len(record) == len(header):
                values = {k: v for k, v in zip(header, record, strict=True) if v != ""}
                texts.append(json.dumps(values, ensure_ascii=False))
                faults.append(None)
            else:
                texts.append(json.dumps(record, ensure_ascii=False))
                faults.append(f"{len(record)} fields where the header has {len(header)}")
            if len(lines) == RECORDS_A_CHUNK:
                yield _decoded(lines, texts, faults)
                lines, texts, faults = [], [], []
        if lines:
            yield _decoded(lines, texts, faults)
    except csv.Error:
        raise FileFailure(f"is not CSV after record {digest.line_count}") from None


def _check_header(header: list[str], fields: Mapping[str, bool]) -> None:
    """Refuse a first line that is no header of this stream, or an ambiguous one.

    A record may hold a field's name by chance, but hardly the names of all that are required.
    """
    missing = [name for name, is_required in fields.items() if is_required and name not in header]
    if missing or not any(name in fields for name in header):
        lacks = f"lacks {', '.join(missing)}" if missing else "names no field of the contract"
        raise FileFailure(
            f"its first line {lacks}: a CSV file begins with a header, in UTF-8, with commas"
        )
    _refuse_repeated(header)
    if not _is_text("".join(header)):
        raise FileFailure("its header is not UTF-8")


def _refuse_repeated(names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        listed = ", ".join(map(repr, repeated))
        raise FileFailure(f"it has more than one column {listed}: which one counts?")


def _is_text(decoded: str) -> bool:
    """Whether there was no byte that had to be escaped."""
    return decoded.isascii() or not any("\udc80" <= c <= "\udcff" for c in decoded)


def _decoded(lines: list[int], texts: list[str], faults: list[str | None]) -> pa.Table:
    """A chunk of records; bytes that are not UTF-8 are kept as \\xNN."""
    try:
        column = pa.array(texts, pa.string())
    except UnicodeEncodeError:
        faults = [f if _is_text(t) else "not UTF-8" for t, f in zip(texts, faults, strict=True)]
        column = pa.array(
            t.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for t in texts
        )
    return numbered(lines, column, pa.array(faults, pa.string()))


def parquet_chunks(
    path: Path, hashed: io.RawIOBase, digest: FileDigest, fields: Collection[str]
) -> Iterator[pa.Table]:
    """Rows of a Parquet file, a chunk of them at a time.

    A field of the contract that is bytes is text, and its row is unfit where that is not UTF-8.
    """
    while hashed.read(HASH_BYTES):
        pass
    with pq.ParquetFile(path) as file, memory_session() as engine:
        names = file.schema_arrow.names
        _refuse_repeated(names)
        for batch in file.iter_batches(RECORDS_A_CHUNK):
            found = _objects(engine, names, batch.columns, fields)
            lines = np.arange(digest.line_count + 1, digest.line_count + 1 + len(found))
            digest.line_count += len(found)
            yield numbered(lines, found["text"], found["fault"])


def _objects(
    engine: duckdb.DuckDBPyConnection,
    names: list[str],
    columns: list[pa.Array],
    fields: Collection[str],
) -> pa.Table:
    """Rows as JSON in `text`, and in `fault` why one is unfit.

    Raises:
        FileFailure: a column is of a type that has no form in JSON; the message names it.
    """
    try:
        kinds = [_readable(column.type) for column in columns]
        readable = [c if k == c.type else c.cast(k) for c, k in zip(columns, kinds, strict=True)]
        engine.register("_batch", pa.table(readable, [f"c{i}" for i in range(len(names))]))
        values = {f"c{i}": name for i, name in enumerate(names)}
        shown = {c: c for c in values}
        unfit = ["false"]
        for (c, name), kind in zip(values.items(), kinds, strict=True):
            if _is_bytes(kind):
                shown[c] = f"coalesce(try(decode({c})), cast({c} as varchar))"
                if name in fields:
                    unfit.append(f"{c} is not null and try(decode({c})) is null")
        listed = ", ".join(f"{literal(name)}, {shown[c]}" for c, name in values.items())
        found = engine.execute(
            f"select cast(json_object({listed}) as varchar) as text, "
            f"case when {' or '.join(unfit)} then 'not UTF-8' end as fault from _batch"
        )
        table = found.arrow()
    except (duckdb.Error, pa.ArrowException):
        if len(names) > 1:
            for name, column in zip(names, columns, strict=True):
                _objects(engine, [name], [column], fields)
            raise
        raise FileFailure(
            f"its column {names[0]!r} cannot be read: it is of type {columns[0].type}"
        ) from None
    table = table.read_all() if hasattr(table, "read_all") else table
    return table.combine_chunks()


def _is_bytes(kind: pa.DataType) -> bool:
    """Whether values are bytes that the file does not call text, as old writers' texts are."""
    tests = (
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
        pa.types.is_fixed_size_binary,
    )
    return any(test(kind) for test in tests)


def _readable(kind: pa.DataType) -> pa.DataType:
    """The type DuckDB reads that holds all values of another."""
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal(kind):
        # With all digits behind the point, DuckDB writes none before it, which JSON asks for.
        digits = max(kind.precision, kind.scale + 1)
        return pa.decimal128(digits, kind.scale) if digits <= MOST_DIGITS else pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_readable(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_readable(field.type)) for field in kind])
    return kind
