"""Find out what the landing zone already holds of a source.

Extraction asks the landed files themselves. A separate record of what was delivered could be lost,
or disagree with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.core.sql import literal
from orchestration.extract.sources import DELETIONS, SCHEMA_DRIFT
from orchestration.landing.zone import EARLIEST, TEMPORARY_SUFFIXES, delivery_order, landed_at
from orchestration.warehouse.duckdb import memory_session

SUFFIX = ".parquet"
# Column with the position of a row's file in delivery order.
PLACE = "place"
MICROSECOND = timedelta(microseconds=1)


def files_of(landing: Path, source: str, stream: str) -> list[Path]:
    """Return the stream's Parquet files in delivery order, those that the loader would read."""
    folder = landing / source / stream
    found = (
        path
        for path in folder.rglob(f"*{SUFFIX}")
        if not path.name.endswith(TEMPORARY_SUFFIXES)
        and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )
    return sorted(found, key=lambda path: delivery_order(path.as_posix()))


def _microseconds(file: Path) -> int:
    """Return when a file was landed, in microseconds since 1970 UTC."""
    return (landed_at(file.as_posix()) - EARLIEST) // MICROSECOND


class LandedRows:
    """Filters out rows that are read again although the landing zone has them unchanged.

    A row counts as landed if the last delivery with its key and cursor value equals it in every
    column; rows are compared by digest. Rows beyond the greatest landed cursor value are new
    without comparison.
    """

    def __init__(self, cursor: str, digests: pa.Array, greatest: datetime | None) -> None:
        self._cursor = cursor
        self._digests = digests
        self._greatest = greatest

    @classmethod
    def since(cls, files: Sequence[Path], cursor: str, start: datetime | None) -> LandedRows:
        """Read the landed rows from cursor value `start` on, or all if it is None.

        Rows without a cursor value are always included.
        """
        if not files:
            return cls(cursor, pa.array([], pa.binary()), None)
        with memory_session() as engine:
            known = _open(engine, files)
            time = f"try_cast({known[cursor]} as timestamptz)" if cursor in known else "null"
            condition = "true"
            if start is not None:
                condition = f"({time} >= '{start.isoformat()}'::timestamptz or {time} is null)"
            found = _arrow(
                engine,
                f"select {_digest(known)} as digest, {time}::timestamptz as time from files "
                f"where {condition} qualify rank() over ("
                f"partition by coalesce(cast({known.get('id', 'null')} as varchar), hex(digest)), "
                f"time "
                f"order by {PLACE} desc) = 1",
            )
        return cls(cursor, found["digest"].combine_chunks(), pc.max(found["time"]).as_py())

    def without(self, rows: pa.Table, unknown: pa.ChunkedArray | None = None) -> pa.Table:
        """Return the rows that are not landed in their current state.

        Args:
            rows: rows read from the source.
            unknown: keys whose rows are always new. Nothing of them was landed, or what was landed
                has been deleted since.
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
            columns = {name: f"c{i}" for i, name in enumerate(checked.column_names)}
            engine.register("read", checked.rename_columns(list(columns.values())))
            found = _arrow(engine, f"select {_digest(columns)} as digest from read")
        seen = pc.is_in(found["digest"], value_set=self._digests)
        if unknown is not None and len(unknown):
            seen = pc.and_not(seen, pc.is_in(checked["id"], value_set=unknown))
        return pa.concat_tables([checked.filter(pc.invert(seen)), new])


def living_keys(landing: Path, source: str, table: str) -> pa.Array:
    """Return the keys (column `id`) of a table that were landed and have no later tombstone."""
    files = files_of(landing, source, table)
    if not files:
        return pa.array([], pa.string())
    with memory_session() as engine:
        key = _open(engine, files)["id"]
        times = pa.array([_microseconds(file) for file in files], pa.int64())
        engine.register("deliveries", pa.table({PLACE: range(len(files)), "delivered": times}))
        tombstones = files_of(landing, source, DELETIONS)
        if tombstones:
            found = _open(engine, tombstones, "tombstones")
            gone = [found[name] for name in ("table_name", "id", "detected_at")]
        else:
            engine.execute("create temporary table tombstones (t varchar, i varchar, d timestamp)")
            gone = ["t", "i", "d"]
        of_table, gone_key, detected_at = gone
        living = _arrow(
            engine,
            f"""
            with landed as (
                select cast({key} as varchar) as id, max(delivered) as delivered
                from files join deliveries using ({PLACE})
                where {key} is not null
                group by 1
            ),
            gone as (
                select cast({gone_key} as varchar) as id, max(epoch_us({detected_at})) as detected
                from tombstones
                where {of_table} = {literal(table)}
                group by 1
            )
            select landed.id as id
            from landed left join gone on landed.id = gone.id
            where gone.detected is null or landed.delivered > gone.detected
            """,
        )
    return living["id"].combine_chunks()


@dataclass(frozen=True)
class Difference:
    """A difference between source and contract: a row of stream `schema_drift` without its time."""

    table_name: str
    column_name: str
    """Empty if the difference is about the table itself."""
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
    """Return the last landed difference of each (table, column) that is not resolved."""
    files = files_of(landing, source, SCHEMA_DRIFT)
    if not files:
        return {}
    with memory_session() as engine:
        known = _open(engine, files)
        listed = ", ".join(known[field.name] for field in fields(Difference))
        rows = engine.execute(
            f"select {listed} from files qualify row_number() over ("
            f"partition by {known['table_name']}, {known['column_name']} "
            f"order by {known['detected_at']} desc, {PLACE} desc) = 1"
        ).fetchall()
    found = (Difference(*row) for row in rows)
    return {(d.table_name, d.column_name): d for d in found if d.change != "resolved"}


def _open(
    engine: duckdb.DuckDBPyConnection, files: Sequence[Path], view: str = "files"
) -> dict[str, str]:
    """Create a temporary view over files; return the view's column for each column of the files.

    A source's column names may differ only in case, or be reserved by the engine. So files of the
    same schema are read together, and their columns are renamed by position. The view also has the
    column `PLACE`.
    """
    places = pa.table({"path": [str(file) for file in files], PLACE: range(len(files))})
    engine.register(f"{view}_places", places)
    alike: dict[pa.Schema, list[Path]] = {}
    for file in files:
        alike.setdefault(pq.read_schema(file).remove_metadata(), []).append(file)
    columns: dict[str, str] = {}
    parts = []
    for schema, group in alike.items():
        named = [columns.setdefault(name, f"c{len(columns)}") for name in schema.names]
        path = _free("path", schema.names)
        parts.append(
            f"select f.* exclude (path), {PLACE} from read_parquet("
            f"[{', '.join(map(literal, group))}], filename = '{path}') "
            f"as f({', '.join(named)}, path) join {view}_places using (path)"
        )
    engine.execute(f"create temporary view {view} as {' union all by name '.join(parts)}")
    return columns


def _free(name: str, taken: Sequence[str]) -> str:
    """Return a name that differs from all taken names, ignoring case."""
    lower = {other.lower() for other in taken}
    while name in lower:
        name += "_"
    return name


def _digest(columns: Mapping[str, str]) -> str:
    """Return SQL for the digest of a row, in which a null column equals a missing one.

    Args:
        columns: the relation's column for each column of the source.
    """
    values = ", ".join(
        f"{literal(f'{name}=')} || cast({column} as varchar)"
        for name, column in sorted(columns.items())
    )
    return f"unhex(md5(to_json(list_filter([{values}], lambda v: v is not null))::varchar))"


def _arrow(engine: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    # Depending on its version, DuckDB returns a table or a reader.
    found = engine.execute(query).arrow()
    return found.read_all() if hasattr(found, "read_all") else found
