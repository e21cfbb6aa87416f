"""A source's sample as its `sample.yml` declares it: words, frames and streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.core import contracts
from orchestration.core.located import read_yaml
from orchestration.sample.columns import UTC_TIME, Pool
from orchestration.sample.noise import Floats

_ARROW = {
    "uuid": pa.string(), "varchar": pa.string(), "json": pa.string(), "timestamp": UTC_TIME,
    "bigint": pa.int64(), "double precision": pa.float64(), "boolean": pa.bool_(),
    "numeric": pa.float64(),
}  # fmt: skip


class Words:
    """What a source's columns are filled with, by name.

    In `sample.yml` an entry is a list, each of it equally likely; a mapping of what may be to how
    likely it is; or a list of mappings, whose fields are named `<entry>.<field>`, with the field
    `weight` for how likely each is.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._pools: dict[str, Pool] = {}
        self._fields: dict[str, Floats] = {}
        for name, entry in said.items():
            if isinstance(entry, Mapping):
                self._pools[name] = Pool(list(entry), list(entry.values()))
            elif isinstance(entry[0], Mapping):
                weights = [row["weight"] for row in entry] if "weight" in entry[0] else None
                for key in entry[0]:
                    values = [row[key] for row in entry]
                    if isinstance(values[0], str | int):
                        self._pools[f"{name}.{key}"] = Pool(values, weights)
                    if not isinstance(values[0], str):
                        self._fields[f"{name}.{key}"] = np.array(values, dtype=np.float64)
            else:
                self._pools[name] = Pool(entry)

    def __getitem__(self, name: str) -> Pool:
        """The pool of an entry, or of a field of one."""
        return self._pools[name]

    def __setitem__(self, name: str, pool: Pool) -> None:
        """Add a pool that Python makes."""
        self._pools[name] = pool

    def numbers(self, name: str) -> Floats:
        """A number, or as many as are listed, for each row of an entry."""
        return self._fields[name]


@dataclass(frozen=True)
class Stream:
    """A stream's sample; what it promises to the warehouse is its contract."""

    contract: contracts.Stream
    form: str  # jsonl or parquet
    columns: Mapping[str, Any]  # generators, see `frames`; names with `_` are not written
    versions: str | None = None  # `kept` under keys of their own, `latest` under one; None: none
    states: tuple[str, ...] = ()  # what a row passes through; columns may be there `since` one
    faults: Mapping[str, Any] = field(default_factory=dict)  # see `faults` and `planting`
    personal: Mapping[str, Any] = field(default_factory=dict)  # see `faults`
    totals: Mapping[str, Any] = field(default_factory=dict)  # see `truth`

    @property
    def name(self) -> str:
        """Its name, and that of its folder."""
        return self.contract.name

    @property
    def required(self) -> list[str]:
        """Columns without which a row is a reject."""
        return [c.name for c in self.contract.columns if c.required]

    def having(self, option: str) -> dict[str, Any]:
        """Columns whose generator has an option, and what it says."""
        said = {name: how for name, how in self.columns.items() if isinstance(how, dict)}
        return {name: how[option] for name, how in said.items() if option in how}

    @cached_property
    def fields(self) -> list[str]:
        """What its lines call the columns of the contract that are declared."""
        return [
            field
            for column in self.contract.columns
            for field in (column.name, *column.fields)
            if field in self.columns
        ]

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema of its Parquet files."""
        return pa.schema([(c.name, _ARROW[c.kind]) for c in self.contract.columns])


@dataclass(frozen=True)
class Declared:
    """A declared source."""

    source: str
    words: Words
    frames: Mapping[str, Mapping[str, Any]]  # generators of columns that Python goes on with
    streams: Mapping[str, Stream]  # by name, in the order they are delivered
    shares: Mapping[str, float]  # of the rows that each fault befalls

    @classmethod
    def read(cls, source: str, path: Path) -> Declared:
        """Read a `sample.yml`.

        Raises:
            ConfigurationError: it is no YAML, or a contract is wrong.
        """
        said, known = read_yaml(path), contracts.load_contracts()
        streams, shares = {}, dict(said["shares"])
        for name, stream in said["streams"].items():
            stream["faults"] = dict.fromkeys(said["faults"]) | stream.get("faults", {})
            streams[name] = Stream(known[source, name], said["form"], **stream)
            for fault, how in stream["faults"].items():
                shares |= {fault: how["share"]} if "share" in (how or {}) else {}
        return cls(source, Words(said["words"]), said.get("frames", {}), streams, shares)
