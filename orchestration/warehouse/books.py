"""The books of operations: a journal of runs, moves, backups, drills, exports and alerts.

Books are tables of schema governance that no model builds. Their columns are declared in
`models/staging/granary/_operations__books.yml`, which dbt and the catalog read, too.

They are written like a write-ahead log. An entry first goes to a durable file of its own. From
there it is inserted into its table: at once if the warehouse is free, otherwise by the next command
that opens it. So nobody waits for a running build, and what happened is on record even while the
warehouse is out of reach.

Entries are ordered by number, never by time, because clocks may be wrong.
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

# A warehouse gets its id once, when its books are created.
NAME_WAREHOUSE = (
    "insert into governance.warehouse (warehouse_id) select gen_random_uuid() "
    "where not exists (select 1 from governance.warehouse)"
)
# The existing columns, as `create_statements` expects them.
COLUMNS = (
    "select table_name, column_name from information_schema.columns "
    "where table_schema = 'governance'"
)


@dataclass(frozen=True)
class Book:
    """One table of operations.

    Attributes:
        columns: SQL type by column, in order.
        required: columns that must have a value.
        numbered_by: time column by which entries older than the numbering are numbered; empty for a
            book without numbers.
    """

    name: str
    columns: Mapping[str, str]
    required: frozenset[str]
    numbered_by: str

    @property
    def create_statement(self) -> str:
        """CREATE TABLE statement, valid on both engines."""
        listed = ", ".join(
            f"{name} {data_type}{' not null' if name in self.required else ''}"
            for name, data_type in self.columns.items()
        )
        return f"create table if not exists governance.{self.name} ({listed})"

    def upgrade_statements(self, there: Collection[tuple[str, str]]) -> list[str]:
        """Return SQL that adds the declared columns which an older table lacks."""
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
    """Return every book by its name."""
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
    """Return idempotent SQL that creates missing books and adds missing columns.

    Args:
        there: existing columns of schema governance, as (table, column).
    """
    tables = {table for table, _ in there}
    statements = ["create schema if not exists governance"]
    for book in books().values():
        if book.name not in tables:
            statements.append(book.create_statement)
            continue
        statements += book.upgrade_statements(there)
    return [*statements, NAME_WAREHOUSE]


def record(settings: Settings, book: str, **entry: object) -> None:
    """Record one entry, durably: when this returns, it survives a crash.

    Args:
        book: name of the table.
        entry: values by column; `entry_id` is generated if it is left out.

    Raises:
        ValueError: a column is unknown, or a required one has no value.
        OSError: the entry's file cannot be written.
    """
    record_all(settings, book, [entry])


def record_all(settings: Settings, book: str, entries: Iterable[Mapping[str, object]]) -> None:
    """Record several entries of one book, in order; see `record`."""
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
    # If the warehouse cannot take them now, the next command flushes them.
    with contextlib.suppress(WarehouseError, duckdb.Error, psycopg.Error):
        flush(settings)


def waiting(settings: Settings, book: str = "*") -> list[Path]:
    """List the files of entries that are in no table yet, oldest first."""
    return sorted(settings.operations.glob(f"{book}.*.json"), key=_place)


def _place(path: Path) -> int:
    """Return an entry's position in the queue; files of older versions have none and go first."""
    parts = path.name.split(".")
    return int(parts[1]) if len(parts) == 4 else 0


def flush(settings: Settings, *, upgrade: bool = False) -> int:
    """Insert the waiting entries into their tables, each exactly once.

    Args:
        upgrade: also bring the tables of an older version up to date if nothing waits.

    Returns:
        How many entries were taken; 0 while the warehouse is busy.

    Raises:
        WarehouseError: PostgreSQL cannot be reached.
    """
    if not upgrade and not waiting(settings):
        return 0
    with warehouse_of(settings).keeping_books() as run:
        if run is None:
            return 0
        # List them under the lock: another process may have taken some meanwhile.
        taken = waiting(settings)
        for statement in create_statements(set(run(COLUMNS, []))):
            run(statement, [])
        for path in taken:
            _take(run, path)
            # The row is committed. After a kill here, its entry_id keeps it from going in twice.
            path.unlink(missing_ok=True)
        warning = taken and clock_gone_back(lambda query: run(query, []), len(taken) + 1)
        if warning:
            print(f"warning: {warning}", file=sys.stderr, flush=True)
    return len(taken)


def clock_gone_back(query: Query, last: int = 200, now: datetime | None = None) -> str | None:
    """Describe the first jump backwards between the end times of recorded stages.

    Args:
        last: how many of the latest stages to compare.
        now: the current time, to compare with the last stage.

    Returns:
        A warning for a person, or None if the clock never went back.
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
    """Insert an entry into its table unless it is there, within the caller's transaction.

    Args:
        run: executes a statement with parameters `$1`, `$2`, ...
        entry: values by column; one without `entry_id` is always inserted.
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
