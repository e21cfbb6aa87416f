"""Move and destroy the rows of one relation: write, verify, then remove, in that order.

Rows leave the warehouse in the same transaction that lists their file, so each row counts exactly
once at every moment.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from orchestration.core.clock import utc_now
from orchestration.lifecycle.anonymising import Blanks, set_clause, to_anonymise
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
# What the log calls a transition, if not by the name of the tier.
VERBS = {"deleted": "delete", "anonymised": "anonymise"}
# Columns of raw tables: the event day of a row, and the id of the file it was loaded from.
RAW_WINDOW = "_event_date"
FILE_IDS = (FILE_ID, "file_id")
# A month with more files than this is merged; with fewer, merging costs more than it saves.
MOST_FILES = 4
Moved = dict[tuple[str, str], list[tuple[date, int]]]
"""(day, rows) by the tier that rows go to and the reason."""


class Mover:
    """Moves, anonymises and destroys rows of one relation, and collects the steps it took."""

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
        """Prepare to act on a relation of an open warehouse, on the day `as_of` (UTC).

        Args:
            window: the column of the day by which a build replaces rows, if any.
            ready: called before rows leave the warehouse; raises if they must not.
            references: columns of other relations that point at its rows.
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
        """Destroy archived files whose retention has ended."""
        ended = ended_archives(self._warehouse, self._store, self._ruled, self._as_of)
        gone = [archive for archive in ended if not archive.is_held]
        moved: Moved = defaultdict(list)
        for archive in gone:
            moved["deleted", archive.reason].append((archive.file.day, archive.file.row_count))
        if gone:
            self.replace([archive.file for archive in gone], [], moved)

    def files(self, tier: StoredTier) -> None:
        """Move or destroy rows of warm or cold files; rows that stay are rewritten to new files."""
        files = movable_files(self._warehouse, self._ruled, tier, self._as_of)
        counts = file_counts(self._warehouse, self._store, self._ruled, files, self._as_of)
        rewritten = {path for path, due, *_ in counts if due != tier}
        rewritten |= self._files_to_merge(tier, files)
        touched = {file.path: file for file in files if file.path in rewritten}
        if not touched:
            return
        self._store.check_unchanged((file.path, file.sha256) for file in touched.values())
        rows = rows_of(self._warehouse, self._store, list(touched.values()))
        # The relation's columns may have changed since these files were written.
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

    def _files_to_merge(self, tier: StoredTier, files: Sequence[StoredFile]) -> set[str]:
        """Return the files to merge: those of complete months that lie in too many files."""
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
        """Move or destroy the rows that are in the warehouse (hot)."""
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
                self._remove_rows(rows, tier, self.write(tier, self._columns, f"from {select}"))
        if "deleted" in due:
            self._remove_rows(rows, "deleted", [])

    def anonymise(self, blank: Blanks) -> None:
        """Anonymise rows in the warehouse that have reached the policy's age for it."""
        rows = hot(self._warehouse, self._ruled)
        query = to_anonymise(self._ruled, rows, blank, self._as_of)
        if query is None:
            return
        with self._writing.transaction():
            leaving = self._measure(rows, query)
            if not leaving:
                return
            self._ready()
            identity = ", ".join(rows.identity)
            changed = self._writing.change(
                f"update {self._ruled.relation} set {set_clause(blank)} "
                f"where ({identity}) in (select {identity} from ({query}) as p)"
            )
            self._check(sum(part.rows for part in leaving), changed)
            # The planner's statistics may quote the pseudonyms that are gone.
            self._writing.forget_values(self._ruled.relation)
            for part in leaving:
                self._record_closed_days(None, part.last_window)
                self._log("hot", "anonymised", part.reason, part.first, part.last, part.rows)

    def _select(self, rows: Rows, tier: str, names: Sequence[str]) -> str:
        """Return a query for the rows due for a tier: `names`, lifecycle_day and delete_on."""
        query = placed(self._ruled, rows, self._as_of)
        columns = ", ".join(f'r."{name}"' for name in names)
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        return (
            f"select {columns}, p.lifecycle_day, p.delete_on from {rows.source} as r "
            f"join ({query}) as p on {own} where p.due = '{tier}'"
        )

    def write(self, tier: StoredTier, columns: Sequence[str], select: str) -> list[Written]:
        """Write rows to the tier store; the files are not yet listed in governance.tier_files."""
        ruled = self._ruled
        named = ruled.document_column or ruled.organization_column or ruled.limit_column
        said = sayings(ruled) if named else ""
        # Which landed files an archive's rows came from: those may have to stay with them.
        if said and FILE_ID in columns:
            said += f", r.{FILE_ID}"
        return self._store.write(tier, ruled.relation, columns, select, said)

    def _remove_rows(self, rows: Rows, tier: str, written: list[Written]) -> None:
        """Remove rows from the warehouse, in one transaction with all records about it."""
        query = (
            f"select * from ({placed(self._ruled, rows, self._as_of)}) as q where due = '{tier}'"
        )
        relation = self._ruled.relation
        # Measured first: the bytes of the leaving rows are their share of the whole relation's.
        size = self._writing.bytes_of(relation)
        with self._writing.transaction():
            [(total,)] = self._warehouse.query(f"select count(*) from {relation}")
            leaving = self._measure(rows, query)
            self._record_expired_lines(rows, query)
            self._detach_references(rows, query)
            removed = self._writing.remove(relation, query)
            self._check(sum(part.rows for part in leaving), removed)
            if written:
                self._check(sum(file.row_count for file in written), removed)
            self._list(written)
            self._writing.forget_values(relation)
            after = sum(file.size_bytes for file in written)
            for part in leaving:
                self._record_closed_days(part.last_policy_window, part.last_window)
                self._log(
                    "hot", tier, part.reason, part.first, part.last, part.rows,
                    None if size is None else round(size * part.rows / total),
                    round(after * part.rows / removed),
                )  # fmt: skip

    def _detach_references(self, rows: Rows, query: str) -> None:
        """Point remaining rows that refer to leaving rows at the unknown member."""
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        for reference in self._references:
            self._writing.change(
                f"update {reference.relation} set {reference.column} = {reference.blank} "
                f"where {reference.column} in (select r.{reference.field} "
                f"from {rows.source} as r join ({query}) as p on {own})"
            )

    def _measure(self, rows: Rows, query: str) -> list[_Leaving]:
        """Count the rows that a query of `placed` selects, by reason."""
        own = " and ".join(f"r.{name} = p.{name}" for name in rows.identity)
        window = f"r.{self._window}" if self._window else "p.lifecycle_day"
        # Rows past the policy's first age leave by policy, so builds must not replace their days; a
        # row that leaves earlier (by its own limit, say) only thins out its day.
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

    def _record_expired_lines(self, rows: Rows, query: str) -> None:
        """Record how many raw rows of each loaded file leave, so that its line count adds up."""
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
        """List new files in place of old ones, then remove the old ones.

        Args:
            files: the old files, all of one tier.
            written: the new files.
            moved: (day, rows) by target tier and reason, for the log.
            kept_until: the day until which the new files stay, whatever is due for their rows.
        """
        size, rows = (sum(getattr(f, name) for f in files) for name in ("size_bytes", "row_count"))
        paths = [file.path for file in files]
        with self._writing.transaction():
            # Once they are no longer listed, only this tells the next run to remove them.
            self._store.add_leftovers(paths)
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
        self._store.drop_leftovers([file.path for file in written])
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

    def _record_closed_days(self, closed: date | None, thinned: date | None) -> None:
        """Record that the relation is no longer complete, up to and including these days.

        Args:
            closed: last day whose rows left by policy: builds no longer replace it. None if none.
            thinned: last day from which any row left or was anonymised. None if none.
        """
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
    """Record a step in `governance.lifecycle_log`, in the transaction that carries it out."""
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
    """Rows that leave for one reason.

    `first` and `last` are the days their age counts from. `last_window` is the last day by which a
    build would replace them, `last_policy_window` the same for rows of the policy's age only.
    """

    reason: str
    rows: int
    first: date
    last: date
    last_window: date | None
    last_policy_window: date | None
