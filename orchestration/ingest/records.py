"""Turn records of CSV and Parquet files into JSON objects, one per line.

Column names are data here: SQL contains them as string literals, never as identifiers. An engine
would fold their case, or take a column for a table of the same name.
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

# What a column of the contract may be called in a record, and whether it is required.
Fields = Mapping[tuple[str, ...], bool]

HASH_BYTES = 1 << 20
RECORDS_A_CHUNK = 100_000
# Greatest precision of DuckDB's decimals.
MOST_DIGITS = 38


def csv_chunks(stream: io.RawIOBase, digest: FileDigest, fields: Fields) -> Iterator[pa.Table]:
    """Yield the records of a CSV file, which must begin with a header.

    `_line` numbers the records from 1, without the header. An empty field is a missing value. A
    record is unfit if it has more or fewer fields than the header, or is not UTF-8.

    Raises:
        FileFailure: the header is not one of this stream, or the file is not CSV.
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


def _check_header(header: list[str], fields: Fields) -> None:
    """Refuse a first line that is not a header of this stream, or repeats a name.

    A file without a header would lose its first record. A record may contain one field's name by
    chance, but hardly all the required ones.
    """
    missing = [
        names[0]
        for names, is_required in fields.items()
        if is_required and not set(names) & set(header)
    ]
    if missing or not {name for names in fields for name in names} & set(header):
        lacks = f"lacks {', '.join(missing)}" if missing else "names no field of the contract"
        raise FileFailure(
            f"its first line {lacks}: a CSV file must begin with a header, in UTF-8, with commas"
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
    """Whether decoding with `surrogateescape` escaped no byte, so that the text was UTF-8."""
    return decoded.isascii() or not any("\udc80" <= c <= "\udcff" for c in decoded)


def _decoded(lines: list[int], texts: list[str], faults: list[str | None]) -> pa.Table:
    """Build a chunk of records; bytes that are not UTF-8 are kept as \\xNN."""
    try:
        column = pa.array(texts, pa.string())
    except UnicodeEncodeError:
        faults = [f if _is_text(t) else "not UTF-8" for t, f in zip(texts, faults, strict=True)]
        column = pa.array(
            t.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for t in texts
        )
    return numbered(lines, column, pa.array(faults, pa.string()))


def parquet_chunks(
    path: Path, hashed: io.RawIOBase, digest: FileDigest, fields: Fields
) -> Iterator[pa.Table]:
    """Yield the rows of a Parquet file in chunks.

    A contract's field stored as bytes is read as text; a row in which it is not UTF-8 is unfit.

    Raises:
        FileFailure: a column's type has no JSON form, or a name is repeated.
    """
    # Parquet is not read from start to end, so hash the file first.
    while hashed.read(HASH_BYTES):
        pass
    known = {name for names in fields for name in names}
    with pq.ParquetFile(path) as file, memory_session() as engine:
        names = file.schema_arrow.names
        _refuse_repeated(names)
        for batch in file.iter_batches(RECORDS_A_CHUNK):
            found = _objects(engine, names, batch.columns, known)
            lines = np.arange(digest.line_count + 1, digest.line_count + 1 + len(found))
            digest.line_count += len(found)
            yield numbered(lines, found["text"], found["fault"])


def _objects(
    engine: duckdb.DuckDBPyConnection,
    names: list[str],
    columns: list[pa.Array],
    fields: Collection[str],
) -> pa.Table:
    """Return a table with each row as JSON in `text`, and in `fault` why a row is unfit.

    Raises:
        FileFailure: a column's type has no JSON form; the message names column and type.
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
        # Find out which column it is by trying each alone.
        if len(names) > 1:
            for name, column in zip(names, columns, strict=True):
                _objects(engine, [name], [column], fields)
            raise
        raise FileFailure(
            f"its column {names[0]!r} cannot be read: it is of type {columns[0].type}"
        ) from None
    # Depending on its version, DuckDB returns a table or a reader.
    table = table.read_all() if hasattr(table, "read_all") else table
    return table.combine_chunks()


def _is_bytes(kind: pa.DataType) -> bool:
    """Whether a column is stored as bytes: older writers do not mark texts as such."""
    tests = (
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
        pa.types.is_fixed_size_binary,
    )
    return any(test(kind) for test in tests)


def _readable(kind: pa.DataType) -> pa.DataType:
    """Return a type that DuckDB can read and that holds every value of the given type."""
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_decimal(kind):
        # DuckDB writes a decimal(n,n) without a digit before the point, which is not valid JSON.
        digits = max(kind.precision, kind.scale + 1)
        return pa.decimal128(digits, kind.scale) if digits <= MOST_DIGITS else pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_readable(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_readable(field.type)) for field in kind])
    return kind
