"""How each format represents a column's values, and the files that DuckDB writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from orchestration.core.errors import of_engine
from orchestration.core.sql import identifier, literal
from orchestration.export.errors import ExportError
from orchestration.export.marts import Column
from orchestration.export.neutral import neutralised_sql
from orchestration.export.source import Selection

# ISO 8601 with a fixed length, so that it sorts as text.
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Format(StrEnum):
    """The formats an export can be written in."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of such files; the first is the default."""
        return {"json": (".jsonl", ".json", ".ndjson")}.get(self.value, (f".{self.value}",))


@dataclass(frozen=True)
class Rules:
    """What a reader of a format must know; part of the manifest."""

    format: str
    times: str
    missing: str


RULES = {
    Format.CSV: Rules(
        "CSV (RFC 4180) in UTF-8 without a byte order mark, with a header; lines end in LF",
        "UTC, ISO 8601 with Z",
        'a missing value is nothing between the commas; an empty text is ""',
    ),
    Format.JSON: Rules(
        "one JSON object per line, in UTF-8 (newline-delimited JSON)",
        "UTC, ISO 8601 with Z",
        "a missing value is null",
    ),
    Format.PARQUET: Rules(
        "Apache Parquet", "timestamps adjusted to UTC, in microseconds", "a missing value is null"
    ),
    Format.XLSX: Rules(
        "Excel workbook; a table longer than a sheet continues on the next one",
        "UTC: cells are dates that show UTC, in milliseconds",
        "a missing value is an empty cell; numbers of more than 15 digits are text",
    ),
}
NUMBERS = "NaN and infinite numbers are exported as missing"


def expression(column: Column, form: Format) -> str:
    """Return a DuckDB select item: the column's values as the format takes them, under its name."""
    name = identifier(column.name)
    match column.data_type:
        case "double precision":
            # JSON has no NaN and no infinity, and an export says the same in every format.
            value = f"case when isfinite({name}) then {name} end"
        case "timestamp" if form is Format.PARQUET:
            # Marts hold UTC without a zone; Parquet can state that it is UTC.
            value = f"make_timestamptz(epoch_us({name}))"
        case "uuid" if form is Format.XLSX:
            value = f"cast({name} as varchar)"
        case "varchar" if form in (Format.CSV, Format.XLSX):
            value = neutralised_sql(name)
        case _:
            value = name
    return f"{value} as {name}"


def select(columns: Sequence[Column], form: Format, selection: Selection) -> str:
    """Return the query for the rows of a selection, with values as the format takes them."""
    return f"select {', '.join(expression(c, form) for c in columns)} from {selection.relation}"


def write_file(
    engine: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    selection: Selection,
    form: Format,
    path: Path,
) -> int:
    """Write a selection as CSV, JSON or Parquet, overwriting `path`; return the number of rows.

    Raises:
        ExportError: the file cannot be written, or the rows cannot be read.
    """
    options = {
        Format.CSV: f"format csv, header, timestampformat '{TIME_FORMAT}'",
        Format.JSON: f"format json, timestampformat '{TIME_FORMAT}'",
        Format.PARQUET: "format parquet",
    }[form]
    query = select(columns, form, selection)
    try:
        # No temporary file of DuckDB's own: `path` is a temporary name already.
        [(rows,)] = engine.execute(
            f"copy ({query}) to {literal(path)} ({options}, use_tmp_file false)",
            dict(selection.parameters),
        ).fetchall()
    except duckdb.Error as error:
        raise unwritten(path, error) from None
    return int(rows)


def unwritten(path: Path, error: Exception) -> ExportError:
    """Return an error for a failure of the engine, whose own message may quote values."""
    return ExportError(f"the export into {path.parent} failed: {of_engine(error)}")
