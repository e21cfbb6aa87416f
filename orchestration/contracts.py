"""The contract of each stream, read from the source files that also feed dbt and the catalog."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.engine import identifier
from orchestration.errors import ConfigurationError
from orchestration.settings import PROJECT_DIR

# What begins with `_` is Granary's own: columns of raw tables, names within its SQL.
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# Names that PostgreSQL, DuckDB and the files of the tiers give to something of their own.
TAKEN = {
    "tableoid", "ctid", "xmin", "xmax", "cmin", "cmax", "rowid", "file_row_number",
    "lifecycle_day", "lifecycle_month", "delete_on",
}  # fmt: skip
# PostgreSQL cuts longer names; a table's index has a longer one.
LONGEST_NAME = 63
LONGEST_TABLE = LONGEST_NAME - len("_event_date")
TYPES = {"varchar", "double precision", "bigint", "boolean", "timestamp", "json", "uuid"}

# A version is the time of a change, or its number.
VERSION_TYPES = {"timestamp", "bigint"}

# What the loader adds to every raw row: where it came from, and the window it belongs to.
LOAD_COLUMNS = {
    "_extra": "varchar",
    "_event_date": "date",
    "_file_id": "bigint",
    "_line": "bigint",
    "_batch_id": "bigint",
}


@dataclass(frozen=True)
class Column:
    """One field of a stream.

    Attributes:
        required: a line without it is a reject; so is an empty text, unless it `may_be_empty`.
        endless: it may be a time that never comes.
    """

    name: str
    data_type: str
    required: bool
    may_be_empty: bool = False
    endless: bool = False

    @property
    def is_id(self) -> bool:
        """Whether it names a thing; some texts in its place name nothing, see `placeholder_ids`."""
        return self.name == "id" or self.name.endswith("_id")


@dataclass(frozen=True)
class Stream:
    """One kind of record a source delivers, and the raw table it is loaded into.

    Attributes:
        keyed: rows may be deleted for good at the source: extraction compares the keys `id`.
    """

    source: str
    name: str
    table: str
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    event_time: str
    keyed: bool = False

    @property
    def relation(self) -> str:
        """The raw table, as SQL names it."""
        return f"raw.{identifier(self.table)}"

    @property
    def raw_columns(self) -> dict[str, str]:
        """Column names and SQL types of the raw table, contract first."""
        return {c.name: c.data_type for c in self.columns} | LOAD_COLUMNS


Contracts = Mapping[tuple[str, str], Stream]


@lru_cache
def load_contracts(project_dir: Path = PROJECT_DIR) -> Contracts:
    """Read every `models/staging/*/_*__sources.yml`.

    Returns:
        Streams by (source, stream).

    Raises:
        ConfigurationError: a contract is incomplete; the message names file, stream and field.
    """
    streams: dict[tuple[str, str], Stream] = {}
    tables = dict.fromkeys(_own_tables(project_dir), "Granary itself")
    for path in sorted(project_dir.glob("models/staging/*/_*__sources.yml")):
        for source in read_yaml(path)["sources"]:
            for table in source["tables"]:
                stream = _stream(path, source["name"], table)
                if stream.table in tables:
                    raise ConfigurationError(
                        f"{path.name}: stream {stream.source}.{stream.name}: "
                        f"{tables[stream.table]} has table {stream.table} already: give it another "
                        "identifier"
                    )
                tables[stream.table] = f"{stream.source}.{stream.name}"
                streams[stream.source, stream.name] = stream
    return streams


@lru_cache
def placeholder_ids(project_dir: Path = PROJECT_DIR) -> tuple[str, ...]:
    """What applications write where an id is not known, in lower case."""
    seed = project_dir / "seeds" / "governance" / "placeholder_ids.csv"
    with open(seed, encoding="utf-8", newline="") as file:
        return tuple(row["placeholder"] for row in csv.DictReader(file))


def read_yaml(path: Path) -> Any:
    """What a file of the project says; libyaml reads it ten times faster than Python does."""
    return yaml.load(path.read_bytes(), yaml.CSafeLoader)


def _own_tables(project_dir: Path) -> list[str]:
    """The tables of schema raw that no stream is loaded into."""
    books = project_dir / "models" / "staging" / "granary" / "_granary__books.yml"
    return [
        table["name"]
        for source in read_yaml(books)["sources"]
        if source["schema"] == "raw"
        for table in source["tables"]
    ]


def _bad_names(tables: list[str], columns: list[str]) -> Iterator[str]:
    """What is wrong with the names of a stream."""
    for name in [*tables, *columns]:
        if not IDENTIFIER.fullmatch(name):
            own = "; names that begin with _ are Granary's own" if name.startswith("_") else ""
            yield f"{name!r} is no plain lower-case name{own}"
        if len(name) > (LONGEST_NAME if name in columns else LONGEST_TABLE):
            yield f"{name!r} is too long: PostgreSQL would cut it"
    for name in columns:
        if name in TAKEN:
            yield f"no column may be called {name}: the engines or tiers have one of their own"
        if columns.count(name) > 1:
            yield f"column {name} is there twice"


def _stream(path: Path, source: str, table: dict[str, Any]) -> Stream:
    def fail(problem: str) -> ConfigurationError:
        return ConfigurationError(f"{path.name}: stream {source}.{table['name']}: {problem}")

    meta = table.get("config", {}).get("meta", {})
    columns = []
    for column in table["columns"]:
        if column.get("data_type") not in TYPES:
            raise fail(f"column {column['name']}: data_type is none of {sorted(TYPES)}")
        column_meta = column.get("config", {}).get("meta", {})
        if "class" not in column_meta:
            raise fail(f"column {column['name']} has no class")
        columns.append(
            Column(
                column["name"],
                column["data_type"],
                bool(column_meta.get("required", False)),
                bool(column_meta.get("may_be_empty", False)),
                bool(column_meta.get("endless", False)),
            )
        )
    raw_table = table.get("identifier", table["name"])
    for problem in _bad_names([source, table["name"], raw_table], [c.name for c in columns]):
        raise fail(problem)
    by_name = {c.name: c for c in columns}
    event_time = by_name.get(meta.get("event_time", ""))
    if event_time is None or event_time.data_type != "timestamp" or not event_time.required:
        raise fail("event_time must name a required timestamp column")
    version = by_name.get(meta.get("version", event_time.name))
    if version is None or version.data_type not in VERSION_TYPES or not version.required:
        raise fail("version must name a required timestamp or bigint column")
    missing = [k for k in meta.get("natural_key", []) if k not in by_name]
    if not meta.get("natural_key") or missing:
        raise fail(f"natural_key must name columns of the stream (unknown: {missing})")
    if meta.get("keyed") and "id" not in by_name:
        raise fail("keyed compares keys by a column id, and there is none")
    return Stream(
        source=source,
        name=table["name"],
        table=raw_table,
        columns=tuple(columns),
        natural_key=tuple(meta["natural_key"]),
        event_time=event_time.name,
        keyed=bool(meta.get("keyed", False)),
    )
