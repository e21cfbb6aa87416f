"""The contract of each stream, read from the source files that also feed dbt and the catalog."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import ConfigurationError
from orchestration.settings import PROJECT_DIR

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
TYPES = {"varchar", "double precision", "bigint", "boolean", "timestamp", "json", "uuid"}

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
    """One kind of record a source delivers, and the raw table it is loaded into."""

    source: str
    name: str
    table: str
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    event_time: str

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
    for path in sorted(project_dir.glob("models/staging/*/_*__sources.yml")):
        for source in read_yaml(path)["sources"]:
            for table in source["tables"]:
                stream = _stream(path, source["name"], table)
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
    for name in (source, table["name"], table.get("identifier", "t"), *(c.name for c in columns)):
        if not IDENTIFIER.fullmatch(name):
            raise fail(f"{name!r} is no plain lower-case name")
    by_name = {c.name: c for c in columns}
    event_time = by_name.get(meta.get("event_time", ""))
    if event_time is None or event_time.data_type != "timestamp" or not event_time.required:
        raise fail("event_time must name a required timestamp column")
    version = by_name.get(meta.get("version", event_time.name))
    if version is None or version.data_type != "timestamp" or not version.required:
        raise fail("version must name a required timestamp column")
    missing = [k for k in meta.get("natural_key", []) if k not in by_name]
    if not meta.get("natural_key") or missing:
        raise fail(f"natural_key must name columns of the stream (unknown: {missing})")
    return Stream(
        source=source,
        name=table["name"],
        table=table.get("identifier", table["name"]),
        columns=tuple(columns),
        natural_key=tuple(meta["natural_key"]),
        event_time=event_time.name,
    )
