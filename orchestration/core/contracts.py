"""Read the contract of each stream from the source files that dbt and the catalog use, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestration.core.contract_faults import faults_of, plain_type
from orchestration.core.errors import ConfigurationError
from orchestration.core.located import read_located, read_yaml
from orchestration.core.settings import PROJECT_DIR
from orchestration.core.sql import identifier

# Columns that the loader adds to every raw row: fields no contract names, lineage, the window.
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
        required: a line without a value is rejected; so is an empty text unless `may_be_empty`.
        endless: the timestamp may be infinite, as in a validity that never ends.
        fields: what the column is called in a record, its name if empty; of several that are there
            the first counts.
    """

    name: str
    data_type: str
    required: bool
    may_be_empty: bool = False
    endless: bool = False
    fields: tuple[str, ...] = ()

    @property
    def called(self) -> tuple[str, ...]:
        """What the column may be called in a record."""
        return self.fields or (self.name,)

    @property
    def kind(self) -> str:
        """The type without precision and scale: `numeric` for every decimal."""
        return self.data_type.partition("(")[0]

    @property
    def is_id(self) -> bool:
        """Whether it identifies a thing; `placeholder_ids` lists texts that identify none."""
        return self.name == "id" or self.name.endswith("_id")


@dataclass(frozen=True)
class Stream:
    """One kind of record that a source delivers, and the raw table it is loaded into.

    Attributes:
        keyed: the source deletes rows for good; extraction compares `id`s to find deletions.
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
        """The raw table as a quoted SQL name."""
        return f"raw.{identifier(self.table)}"

    @property
    def raw_columns(self) -> dict[str, str]:
        """SQL type of each column of the raw table: the contract's first, then the loader's."""
        return {c.name: c.data_type for c in self.columns} | LOAD_COLUMNS


Contracts = Mapping[tuple[str, str], Stream]


@lru_cache
def load_contracts(project_dir: Path = PROJECT_DIR) -> Contracts:
    """Read and validate every `models/staging/*/_*__sources.yml`.

    Returns:
        Streams by (source, stream).

    Raises:
        ConfigurationError: a contract is wrong; the message lists every fault with file and line.
    """
    streams: dict[tuple[str, str], Stream] = {}
    faults: list[str] = []
    tables = dict.fromkeys(_own_tables(project_dir), "Granary itself")
    for path in sorted(project_dir.glob("models/staging/*/_*__sources.yml")):
        content, lines = read_located(path)
        found = faults_of(path, content, lines)
        faults += found
        for i, source in enumerate([] if found else content["sources"]):
            for j, table in enumerate(source["tables"]):
                stream = _stream(source["name"], table)
                if stream.table in tables:
                    taken = f"table {stream.table} already belongs to {tables[stream.table]}"
                    line = lines["sources", i, "tables", j]
                    name = f"{stream.source}.{stream.name}"
                    faults.append(f"{path}:{line}: stream {name}: {taken}")
                tables[stream.table] = f"{stream.source}.{stream.name}"
                streams[stream.source, stream.name] = stream
    if faults:
        raise ConfigurationError("\n".join(["the contracts are wrong:", *faults]))
    return streams


def _own_tables(project_dir: Path) -> list[str]:
    """Return the tables of schema raw that Granary keeps for itself."""
    books = project_dir / "models" / "staging" / "granary" / "_granary__books.yml"
    return [
        table["name"]
        for source in read_yaml(books)["sources"]
        if source["schema"] == "raw"
        for table in source["tables"]
    ]


def _stream(source: str, table: dict[str, Any]) -> Stream:
    meta = table["config"]["meta"]
    return Stream(
        source=source,
        name=table["name"],
        table=table.get("identifier", table["name"]),
        columns=tuple(_column(column) for column in table["columns"]),
        natural_key=tuple(meta["natural_key"]),
        event_time=meta["event_time"],
        keyed=meta.get("keyed", False),
    )


def _column(column: dict[str, Any]) -> Column:
    meta, data_type = column["config"]["meta"], plain_type(column["data_type"])
    assert data_type is not None
    return Column(
        column["name"],
        data_type,
        meta.get("required", False),
        meta.get("may_be_empty", False),
        meta.get("endless", False),
        tuple(meta.get("fields", ())),
    )
