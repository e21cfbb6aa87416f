"""What the landing zone already holds of a source; there is no second memory that could be lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.engine import identifier, literal, memory_session
from orchestration.extract.sources import DELETIONS, SCHEMA_DRIFT
from orchestration.ingest.landing import EARLIEST, TEMPORARY_SUFFIXES, landed_at

SUFFIX = ".parquet"
# What DuckDB adds to the rows of a file; a source may well have a column `filename`.
PATH, ROW = "_granary_path", "file_row_number"
MICROSECOND = timedelta(microseconds=1)


def files_of(landing: Path, source: str, stream: str) -> list[Path]:
    """The stream's Parquet files in delivery order, as the loader sees them."""
    folder = landing / source / stream
    return sorted(
        path
        for path in folder.rglob(f"*{SUFFIX}")
        if not path.name.endswith(TEMPORARY_SUFFIXES)
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )


def _microseconds(file: Path) -> int:
    """When a file was landed, since 1970 UTC."""
    return (landed_at(file.as_posix()) - EARLIEST) // MICROSECOND


class LandedRows:
    """Tells which of the rows that are read again lie in the landing zone in that very state.

    A row counts as landed if the last delivery of its key and cursor value equals it in every
    column. Rows beyond the greatest landed cursor value are new without a look.
    """

    def __init__(self, cursor: str, digests: pa.Array, greatest: datetime | None) -> None:
        self._cursor = cursor
        self._digests = digests
        self._greatest = greatest

    @classmethod
    def since(cls, files: Sequence[Path], cursor: str, start: datetime | None) -> LandedRows:
        """Rows whose cursor value is missing or not before `start`; all where that is None."""
        if not files:
            return cls(cursor, pa.array([], pa.binary()), None)
        with memory_session() as engine:
            known = _open(engine, files)
            time = f'try_cast("{cursor}" as timestamptz)' if cursor in known else "null"
            condition = "true"
            if start is not None:
                condition = f"({time} >= '{start.isoformat()}'::timestamptz or {time} is null)"
            found = _arrow(
                engine,
                f"select {_digest(known)} as digest, {time}::timestamptz as time from files "
                f"where {condition} qualify row_number() over ("
                f"partition by coalesce(cast(id as varchar), hex(digest)), time "
                f"order by {PATH} desc, {ROW} desc) = 1",
            )
        return cls(cursor, found["digest"].combine_chunks(), pc.max(found["time"]).as_py())

    def without(self, rows: pa.Table, unknown: pa.ChunkedArray | None = None) -> pa.Table:
        """The rows that are not landed in their present state.

        Args:
            unknown: keys whose rows are new in any case: what was landed of them, if anything, was
                deleted since.
        """
        if not len(self._digests):
            return rows
        times = rows[self._cursor] if self._cursor in rows.column_names else None
        perhaps = pa.chunked_array([pa.repeat(True, len(rows))])
        if times is not None and times.type == pa.timestamp("us", tz="UTC"):
            later = pc.greater(times, self._greatest) if self._greatest else pc.is_valid(times)
            perhaps = pc.invert(pc.fill_null(later, False))
        checked, new = rows.filter(perhaps), rows.filter(pc.invert(perhaps))
        with memory_session() as engine:
            engine.register("read", checked)
            found = _arrow(engine, f"select {_digest(checked.column_names)} as digest from read")
        seen = pc.is_in(found["digest"], value_set=self._digests)
        if unknown is not None and len(unknown):
            seen = pc.and_not(seen, pc.is_in(checked["id"], value_set=unknown))
        return pa.concat_tables([checked.filter(pc.invert(seen)), new])


def living_keys(landing: Path, source: str, table: str) -> pa.Array:
    """Keys that were landed and not found missing since."""
    files = files_of(landing, source, table)
    if not files:
        return pa.array([], pa.string())
    with memory_session() as engine:
        _open(engine, files)
        deliveries = pa.table(
            {
                PATH: [str(file) for file in files],
                "delivered": pa.array([_microseconds(f) for f in files], pa.int64()),
            }
        )
        engine.register("deliveries", deliveries)
        tombstones = files_of(landing, source, DELETIONS)
        if tombstones:
            _open(engine, tombstones, "tombstones")
        else:
            engine.execute(
                "create temporary table tombstones "
                "(table_name varchar, id varchar, detected_at timestamp)"
            )
        found = _arrow(
            engine,
            f"""
            with landed as (
                select cast(id as varchar) as id, max(delivered) as delivered
                from files join deliveries using ({PATH})
                where id is not null
                group by 1
            ),
            gone as (
                select cast(id as varchar) as id, max(epoch_us(detected_at)) as detected
                from tombstones
                where table_name = '{table}'
                group by 1
            )
            select landed.id as id
            from landed left join gone on landed.id = gone.id
            where gone.detected is null or landed.delivered > gone.detected
            """,
        )
    return found["id"].combine_chunks()


@dataclass(frozen=True)
class Difference:
    """A row of stream `schema_drift`, but for the time."""

    table_name: str
    column_name: str
    """Empty where the table itself is meant."""
    change: str
    contract_type: str | None
    source_type: str | None
    breaks_contract: bool

    @property
    def summary(self) -> str:
        """One line for a person."""
        place = ".".join(name for name in (self.table_name, self.column_name) if name)
        types = [
            f"{whose} {stated}"
            for whose, stated in (("contract", self.contract_type), ("source", self.source_type))
            if stated
        ]
        listed = f" ({', '.join(types)})" if types else ""
        broken = "; breaks the contract" if self.breaks_contract else ""
        return f"{place}: {self.change}{listed}{broken}"


def last_differences(landing: Path, source: str) -> dict[tuple[str, str], Difference]:
    """The last landed difference of each table and column that has not been resolved."""
    files = files_of(landing, source, SCHEMA_DRIFT)
    if not files:
        return {}
    with memory_session() as engine:
        _open(engine, files)
        rows = engine.execute(
            "select table_name, column_name, change, contract_type, source_type, breaks_contract "
            "from files qualify row_number() over (partition by table_name, column_name "
            f"order by detected_at desc, {PATH} desc, {ROW} desc) = 1"
        ).fetchall()
    found = (Difference(*row) for row in rows)
    return {(d.table_name, d.column_name): d for d in found if d.change != "resolved"}


def _open(
    engine: duckdb.DuckDBPyConnection, files: Sequence[Path], view: str = "files"
) -> list[str]:
    """Make a view of files and return the columns they have between them."""
    listed = ", ".join(map(literal, files))
    engine.execute(
        f"create temporary view {view} as select * from read_parquet([{listed}], "
        f"union_by_name = true, filename = '{PATH}', {ROW} = true)"
    )
    names = [name for name, *_ in engine.execute(f"describe {view}").fetchall()]
    return [name for name in names if name not in (PATH, ROW)]


def _digest(columns: Sequence[str]) -> str:
    """SQL of a row's digest; a column that is null counts like one that is not there."""
    values = ", ".join(
        f"{literal(f'{name}=')} || cast({identifier(name)} as varchar)" for name in sorted(columns)
    )
    return f"unhex(md5(to_json(list_filter([{values}], lambda v: v is not null))::varchar))"


def _arrow(engine: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    found = engine.execute(query).arrow()
    return found.read_all() if hasattr(found, "read_all") else found
