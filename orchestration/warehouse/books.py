"""The books of operations: what was moved, backed up, rehearsed, exported, run and alerted.

Tables of schema governance that no model builds. Their columns stand in
`models/staging/granary/_operations__books.yml`, which dbt and the catalog read too.

An entry is written to a file of its own first and taken into its table from there: at once where
the warehouse is free, else by whoever opens it next. So nothing waits for a running build, and what
happened is on record even while the warehouse cannot be reached.

Entries are numbered in the order in which they were made; nothing is ordered by their times.
"""

from __future__ import annotations

import contextlib
import json
import sys
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from orchestration.core.clock import gone_back
from orchestration.core.errors import WarehouseError
from orchestration.core.files import whole_file
from orchestration.core.located import read_yaml
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Query, Run
from orchestration.warehouse.relations import has_column

CONTRACT = PROJECT_DIR / "models" / "staging" / "granary" / "_operations__books.yml"
NUMBER = "entry_number"

# A warehouse is named once, when its books are made.
NAME_WAREHOUSE = (
    "insert into governance.warehouse (warehouse_id) select gen_random_uuid() "
    "where not exists (select 1 from governance.warehouse)"
)
# What `create_statements` is told is there.
COLUMNS = (
    "select table_name, column_name from information_schema.columns "
    "where table_schema = 'governance'"
)


@dataclass(frozen=True)
class Book:
    """One table: its columns with their SQL types, and those that must have a value.

    `numbered_by` is the time by which entries of before there were numbers got theirs; empty for a
    book whose entries have none.
    """

    name: str
    columns: Mapping[str, str]
    required: frozenset[str]
    numbered_by: str

    @property
    def create_statement(self) -> str:
        """SQL, valid on both engines."""
        listed = ", ".join(
            f"{name} {data_type}{' not null' if name in self.required else ''}"
            for name, data_type in self.columns.items()
        )
        return f"create table if not exists governance.{self.name} ({listed})"

    def added(self, there: Collection[tuple[str, str]]) -> list[str]:
        """SQL that adds the columns the book has gained since it was made."""
        new = [name for name in self.columns if (self.name, name) not in there]
        statements = [
            f"alter table governance.{self.name} add column if not exists {name} "
            f"{self.columns[name]}"
            for name in new
        ]
        if NUMBER in new:
            statements.append(
                f"update governance.{self.name} as b set {NUMBER} = n.place from (select entry_id, "
                f"row_number() over (order by {self.numbered_by}, entry_id) as place "
                f"from governance.{self.name}) as n where b.entry_id = n.entry_id"
            )
        return statements


@lru_cache
def books() -> Mapping[str, Book]:
    """Every book by its name."""
    [source] = read_yaml(CONTRACT)["sources"]
    return {
        table["name"]: Book(
            table["name"],
            {c["name"]: c["data_type"] for c in table["columns"]},
            frozenset(c["name"] for c in table["columns"] if c["config"]["meta"].get("required")),
            max(c["config"]["meta"].get("numbered_by", "") for c in table["columns"]),
        )
        for table in source["tables"]
    }


def create_statements(there: Collection[tuple[str, str]] = frozenset()) -> list[str]:
    """SQL that creates whatever is missing and adds columns a book has gained.

    Args:
        there: the columns of schema governance, as (table, column).
    """
    tables = {table for table, _ in there}
    statements = ["create schema if not exists governance"]
    for book in books().values():
        if book.name not in tables:
            statements.append(book.create_statement)
            continue
        statements += book.added(there)
    return [*statements, NAME_WAREHOUSE]


def record(settings: Settings, book: str, **entry: object) -> None:
    """Put one entry on record. It is durable when this returns.

    Args:
        book: name of the table.
        entry: values by column; `entry_id` is made where it is left out.

    Raises:
        ValueError: a column is unknown, or one that must have a value has none.
    """
    record_all(settings, book, [entry])


def record_all(settings: Settings, book: str, entries: Iterable[Mapping[str, object]]) -> None:
    """Put several entries on record; see `record`."""
    known = books()[book]
    last = max(map(_place, settings.operations.glob("*.json")), default=0)
    for place, given in enumerate(entries, last + 1):
        entry = {"entry_id": str(uuid.uuid4())} | {k: v for k, v in given.items() if v is not None}
        wrong = sorted(set(entry) - set(known.columns)) + sorted(known.required - set(entry))
        if wrong:
            raise ValueError(f"{book}: unknown or missing: {', '.join(wrong)}")
        path = settings.operations / f"{book}.{place:09d}.{entry['entry_id']}.json"
        with whole_file(path, replace=True, text=True) as file:
            json.dump(entry, file, ensure_ascii=False, default=_json_form)
    # One that cannot be reached, has no room or may not be written gets them from the next command.
    with contextlib.suppress(WarehouseError, duckdb.Error, psycopg.Error):
        flush(settings)


def waiting(settings: Settings, book: str = "*") -> list[Path]:
    """Files of entries that no table has yet, in the order in which they were made."""
    return sorted(settings.operations.glob(f"{book}.*.json"), key=_place)


def _place(path: Path) -> int:
    """Place of an entry among those that wait; older versions gave none."""
    parts = path.name.split(".")
    return int(parts[1]) if len(parts) == 4 else 0


def flush(settings: Settings, *, upgrade: bool = False) -> int:
    """Take entries that wait into their tables, each once; a second call changes nothing.

    Args:
        upgrade: bring books of an older version up to date, even where nothing waits.

    Returns:
        How many there were. None are taken while the warehouse is busy.

    Raises:
        WarehouseError: PostgreSQL cannot be reached.
    """
    if not upgrade and not waiting(settings):
        return 0
    with warehouse_of(settings).keeping_books() as run:
        if run is None:
            return 0
        # Only now: another process may have taken some while this one waited.
        taken = waiting(settings)
        for statement in create_statements(set(run(COLUMNS, []))):
            run(statement, [])
        for path in taken:
            _take(run, path)
            # Its row is committed: a kill before this line leaves a file whose entry is known.
            path.unlink(missing_ok=True)
        said = taken and clock_gone_back(lambda query: run(query, []), len(taken) + 1)
        if said:
            print(f"warning: {said}", file=sys.stderr, flush=True)
    return len(taken)


def clock_gone_back(query: Query, last: int = 200, now: datetime | None = None) -> str | None:
    """What to tell where the clock went back between two of the last stages on record.

    Args:
        last: how many are looked at.
        now: the present, where it counts as one more.
    """
    if not has_column(query, "pipeline_runs", NUMBER):
        return None
    rows = query(
        f"select ended_at from governance.pipeline_runs order by {NUMBER} desc limit {last}"
    )
    times = [time for (time,) in reversed(rows)]
    return gone_back([*times, now] if now else times)


def _take(run: Run, path: Path) -> None:
    entry: dict[str, Any] = json.loads(path.read_text("utf-8"))
    insert(run, path.name.split(".")[0], entry)


def insert(
    run: Callable[[str, Sequence[Any]], object], book: str, entry: Mapping[str, object]
) -> None:
    """Put an entry into its table, unless it is there; part of whatever transaction is open.

    Args:
        run: executes a statement in which `$1`, `$2` mark values.
        entry: values by column; one without `entry_id` is always new.
    """
    columns = books()[book].columns
    names = [name for name in columns if entry.get(name) is not None]
    values = [f"cast(${n} as {columns[name]})" for n, name in enumerate(names, 1)]
    into = list(names)
    if NUMBER in columns:
        into.append(NUMBER)
        values.append(f"(select coalesce(max({NUMBER}), 0) + 1 from governance.{book})")
    statement = f"insert into governance.{book} ({', '.join(into)}) select {', '.join(values)}"
    parameters = [entry[name] for name in names]
    if "entry_id" in entry:
        statement += (
            f" where not exists (select 1 from governance.{book} "
            f"where entry_id = cast(${len(names) + 1} as uuid))"
        )
        parameters.append(entry["entry_id"])
    run(statement, parameters)


def _json_form(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (uuid.UUID, Path)):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
