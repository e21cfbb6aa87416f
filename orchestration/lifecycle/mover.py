"""Moves and destroys the rows of one relation: write, verify, then remove, in that order.

Rows leave the warehouse in the transaction that lists the file they are in, so at every moment each
row counts once.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.core.clock import utc_now
from orchestration.lifecycle.anonymising import Blanks, blanking, linked
from orchestration.lifecycle.errors import NotVerified
from orchestration.lifecycle.layout import StoredTier
from orchestration.lifecycle.placing import FILE_ID, Rows, placed, sayings
from orchestration.lifecycle.plan import Step, hot
from orchestration.lifecycle.references import Reference
from orchestration.lifecycle.store import Store, Written
from orchestration.lifecycle.stored import (
    StoredFile,
    ended_archives,
    file_counts,
    movable_files,
    rows_of,
)
from orchestration.lifecycle.warehouse import OpenWarehouse
from orchestration.policies.lifecycle import Ruled, day_before
from orchestration.warehouse import books
from orchestration.warehouse.protocol import Writing

STORED: tuple[StoredTier, ...] = ("archive", "cold", "warm")
# What the log calls an act, where that is not the tier's name.
VERBS = {"deleted": "delete", "anonymised": "anonymise"}
# The day a raw row belongs to, and columns that name the file it was loaded from.
RAW_WINDOW = "_event_date"
FILE_IDS = (FILE_ID, "file_id")
# So many files a month may lie in: merging them costs more than it saves.
MOST_FILES = 4
Moved = dict[tuple[str, str], list[tuple[date, int]]]
"""Days and numbers of rows, by the tier they go to and what asks for it."""


class Mover:
    """Acts on one relation."""

    def __init__(
        self,
        warehouse: OpenWarehouse,
        store: Store,
        ruled: Ruled,
        window: str | None,
        as_of: date,
        run_id: str,
        ready: Callable[[], object] = lambda: None,
        references: Sequence[Reference] = (),
    ) -> None:
        """Look at a relation.

        Args:
            window: the column with the day a build replaces it by.
            ready: called before rows leave the warehouse; raises where they must not.
            references: columns elsewhere that point at its rows.
        """
        self._ready = ready
        self._warehouse = warehouse
        self._writing = warehouse.writing
        self._store = store
        self._ruled = ruled
        self._as_of = as_of
        self._run_id = run_id
        self._references = references
        self.steps: list[Step] = []
        self._columns = list(warehouse.columns(ruled.relation))
        self._window = RAW_WINDOW if RAW_WINDOW in self._columns else window

    def archives(self) -> None:
        """Destroy archived files whose time is over."""
        ended = ended_archives(self._warehouse, self._store, self._ruled, self._as_of)
        gone = [archive for archive in ended if not archive.is_held]
        moved: Moved = defaultdict(list)
        for archive in gone:
            moved["deleted", archive.reason].append((archive.file.day, archive.file.row_count))
        if gone:
            self.replace([archive.file for archive in gone], [], moved)

    def files(self, tier: StoredTier) -> None:
        """Move or destroy rows of warm or cold files; rows that stay are written anew beside."""
        files = movable_files(self._warehouse, self._ruled, tier, self._as_of)
        counts = file_counts(self._warehouse, self._store, self._ruled, files, self._as_of)
        moving = {path for path, due, *_ in counts if due != tier} | self._scattered(tier, files)
        touched = {file.path: file for file in files if file.path in moving}
        if not touched:
            return
        self._store.check_unchanged((file.path, file.sha256) for file in touched.values())
        rows = rows_of(self._warehouse, self._store, list(touched.values()))
        # A file has the columns the relation had when it was written.
        columns = self._store.columns(rows.source)
        moved: Moved = defaultdict(list)
        kept = set()
        for path, due, _, reason, day, count in counts:
            if path in touched:
                kept.add(due)
                if due != tier:
                    moved[due, reason].append((day, count))
        written: list[Written] = []
        for to in STORED:
            if to in kept:
                written += self.write(to, columns, self._select(rows, to, columns))
        self.replace(list(touched.values()), written, moved)

    def _scattered(self, tier: StoredTier, files: Sequence[StoredFile]) -> set[str]:
        """Files of months that lie in many, once no day of the month is still to come."""
        entered = dict(self._ruled.policy.entries).get(tier)
        if entered is None:
            return set()
        last_day = day_before(self._as_of, entered)
        months: dict[date, list[str]] = defaultdict(list)
        for file in files:
            months[file.day.replace(day=1)].append(file.path)
        return {
            path
            for month, paths in months.items()
            if len(paths) > MOST_FILES and month < last_day.replace(day=1)
            for path in paths
        }

    def rows(self) -> None:
        """Move and destroy rows that are in the warehouse."""
        rows = hot(self._warehouse, self._ruled)
        query = placed(self._ruled, rows, self._as_of)
        due = {
            tier for (tier,) in self._warehouse.query(f"select distinct due from ({query}) as p")
        }
        if due - {"hot"}:
            self._ready()
        for tier in STORED:
            if tier in due:
                select = self._warehouse.scan(
                    self._select(rows, tier, self._columns),
                    self._ruled.relation,
                    ("lifecycle_day", "delete_on"),
                )
                self._leave(rows, tier, self.write(tier, self._columns, f"from {select}"))
        if "deleted" in due:
            self._leave(rows, "deleted", [])

    def anonymise(self, blank: Blanks) -> None:
        """Cut the link to people that rows are too old for."""
        rows = hot(self._warehouse, self._ruled)
        query = linked(self._ruled, rows, blank, self._as_of)
        if query is None:
            return
        with self._writing.transaction():
            leaving = self._measure(rows, query)
            if not leaving:
                return
            self._ready()
            identity = ", ".join(rows.identity)
            changed = self._writing.change(
                f"update {self._ruled.relation} set {blanking(blank)} "
                f"where ({identity}) in (select {identity} from ({query}) as p)"
            )
            self._check(sum(part.rows for part in leaving), changed)
            self._writing.forget_values(self._ruled.relation)
            for part in leaving:
                self._close(None, part.last_window)
                self._log("hot", "anonymised", part.reason, part.first, part.last, part.rows)

    def _select(self, rows: Rows, tier: str, names: Sequence[str]) -> str:
        """Rows that are due for a tier: their columns, lifecycle_day and delete_on."""
        query = placed(self._ruled, rows, self._as_of)
        columns = ", ".join(f'r."{name}"' for name in names)
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        return (
            f"select {columns}, p.lifecycle_day, p.delete_on from {rows.source} as r "
            f"join ({query}) as p on {own} where p.due = '{tier}'"
        )

    def write(self, tier: StoredTier, columns: Sequence[str], select: str) -> list[Written]:
        """Write rows to the tier store; no entry names the files yet."""
        ruled = self._ruled
        named = ruled.document_column or ruled.organization_column or ruled.limit_column
        said = sayings(ruled) if named else ""
        if said and FILE_ID in columns:
            said += f", r.{FILE_ID}"
        return self._store.write(tier, ruled.relation, columns, select, said)

    def _leave(self, rows: Rows, tier: str, written: list[Written]) -> None:
        """Remove rows from the warehouse, in one transaction with what it says of them."""
        query = (
            f"select * from ({placed(self._ruled, rows, self._as_of)}) as q where due = '{tier}'"
        )
        relation = self._ruled.relation
        size = self._writing.bytes_of(relation)
        with self._writing.transaction():
            [(total,)] = self._warehouse.query(f"select count(*) from {relation}")
            leaving = self._measure(rows, query)
            self._note_lines(rows, query)
            self._release(rows, query)
            removed = self._writing.remove(relation, query)
            self._check(sum(part.rows for part in leaving), removed)
            if written:
                self._check(sum(file.row_count for file in written), removed)
            self._list(written)
            self._writing.forget_values(relation)
            after = sum(file.size_bytes for file in written)
            for part in leaving:
                self._close(part.last_policy_window, part.last_window)
                self._log(
                    "hot", tier, part.reason, part.first, part.last, part.rows,
                    None if size is None else round(size * part.rows / total),
                    round(after * part.rows / removed),
                )  # fmt: skip

    def _release(self, rows: Rows, query: str) -> None:
        """Point what refers to rows that leave, and stays, at the member nobody is known of."""
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        for reference in self._references:
            self._writing.change(
                f"update {reference.relation} set {reference.column} = {reference.blank} "
                f"where {reference.column} in (select r.{reference.field} "
                f"from {rows.source} as r join ({query}) as p on {own})"
            )

    def _measure(self, rows: Rows, query: str) -> list[_Leaving]:
        """What leaves, by what decided it."""
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        window = f"r.{self._window}" if self._window else "p.lifecycle_day"
        ages = [age for _, age in self._ruled.policy.entries]
        if self._ruled.policy.delete_days is not None:
            ages.append(self._ruled.policy.delete_days)
        limit = day_before(self._as_of, min(ages)) if ages else date.min
        found = self._warehouse.query(
            "select p.reason, count(*), min(p.lifecycle_day), max(p.lifecycle_day), "
            f"max({window}), max(case when p.lifecycle_day <= date '{limit}' then {window} end) "
            f"from {rows.source} as r join ({query}) as p on {own} group by p.reason order by 1"
        )
        return [_Leaving(*row) for row in found]

    def _note_lines(self, rows: Rows, query: str) -> None:
        """Note of which loaded files rows leave schema raw."""
        file_id = next((name for name in FILE_IDS if name in self._columns), None)
        if self._ruled.schema != "raw" or file_id is None:
            return
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        self._writing.change(
            "insert into governance.expired_lines (file_id, relation, row_count) "
            f"select r.{file_id}, '{self._ruled.relation}', count(*) "
            f"from {rows.source} as r join ({query}) as p on {own} group by r.{file_id}"
        )

    def replace(
        self,
        files: Sequence[StoredFile],
        written: Sequence[Written],
        moved: Moved,
        kept_until: date | None = None,
    ) -> None:
        """List new files for old ones, then remove those.

        Args:
            moved: by tier and reason, days and numbers of the rows that go there.
            kept_until: how long the new files stay where they are, whatever is due.
        """
        size, rows = (sum(getattr(f, name) for f in files) for name in ("size_bytes", "row_count"))
        paths = [file.path for file in files]
        with self._writing.transaction():
            self._store.note(paths)
            for file in files:
                self._writing.change(
                    "delete from governance.tier_files where cast(file_id as varchar) = $1",
                    [file.file_id],
                )
            self._list(written, kept_until)
            for (tier, reason), days in moved.items():
                count = sum(n for _, n in days)
                after = sum(file.size_bytes for file in written if file.tier == tier)
                first, last = min(day for day, _ in days), max(day for day, _ in days)
                before = round(size * count / rows)
                self._log(files[0].tier, tier, reason, first, last, count, before, after)
        self._store.remove(paths)

    def _list(self, written: Sequence[Written], kept_until: date | None = None) -> None:
        self._store.forget([file.path for file in written])
        for file in written:
            books.insert(
                self._writing.change,
                "tier_files",
                {
                    "file_id": str(file.file_id),
                    "relation": self._ruled.relation,
                    "tier": file.tier,
                    "path": file.path,
                    "first_day": file.first_day,
                    "last_day": file.last_day,
                    "delete_on": file.delete_on,
                    "row_count": file.row_count,
                    "size_bytes": file.size_bytes,
                    "sha256": file.sha256,
                    "content_hash": file.content_hash,
                    "kept_until": kept_until,
                    "written_at": utc_now(),
                },
            )

    def _close(self, closed: date | None, thinned: date | None) -> None:
        """Note up to which day the relation is not whole any more."""
        relation = self._ruled.relation
        known = self._warehouse.query(
            "select closed_before, thinned_before from governance.closed_days "
            f"where relation = '{relation}'"
        )
        days = [day and day + timedelta(days=1) for day in (closed, thinned)]
        for row in known:
            days = [max(filter(None, pair), default=None) for pair in zip(days, row, strict=True)]
        self._writing.change(f"delete from governance.closed_days where relation = '{relation}'")
        entry = {"relation": relation, "closed_before": days[0], "thinned_before": days[1]}
        books.insert(self._writing.change, "closed_days", entry)

    def _log(
        self,
        from_tier: str,
        to_tier: str,
        reason: str,
        first: date,
        last: date,
        rows: int,
        bytes_before: int | None = None,
        bytes_after: int | None = None,
    ) -> None:
        ruled = self._ruled
        step = Step(
            ruled.relation, from_tier, to_tier, ruled.policy.name, first, last, rows, 0, reason,
            bytes_before, bytes_after,
        )  # fmt: skip
        log(self._writing, self._run_id, step)
        self.steps.append(step)

    def _check(self, expected: int, done: int) -> None:
        if expected != done:
            raise NotVerified(
                f"{done} rows of {self._ruled.relation} would be removed and {expected} are due; "
                "nothing was removed: run `granary lifecycle apply` again"
            )


def log(warehouse: Writing, run_id: str, step: Step) -> None:
    """Put what was done on record, in the transaction that does it."""
    entry = {
        "entry_id": str(uuid.uuid4()),
        "run_id": run_id,
        "relation": step.relation,
        "policy": step.policy,
        "reason": step.reason,
        "transition": VERBS.get(step.transition, step.transition),
        "from_tier": step.from_tier,
        "to_tier": step.from_tier if step.transition == "anonymised" else step.transition,
        "first_day": step.first_day,
        "last_day": step.last_day,
        "row_count": step.rows,
        "bytes_before": step.bytes_before,
        "bytes_after": step.bytes_after,
        "acted_at": utc_now(),
    }
    books.insert(warehouse.change, "lifecycle_log", entry)


@dataclass(frozen=True)
class _Leaving:
    """Rows that leave, the days their age counts from, and the last day a build would replace."""

    reason: str
    rows: int
    first: date
    last: date
    last_window: date | None
    last_policy_window: date | None
