"""Random lives of a family of rows, and what is true of them after the last delivery.

The truth is a small simulation in the order of delivery, which knows nothing of windows, batches or
engines. Rows of different families never meet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from orchestration.tests.prism import records
from orchestration.tests.prism.records import Record, key
from orchestration.tests.workspace import Workspace

DAYS = [date(2026, 1, day) for day in (5, 6, 7, 8)]
BORN = date(2025, 12, 10)
FIRST_DELIVERY = datetime(2026, 1, 12, 12, tzinfo=UTC)
FOREVER = date(9999, 12, 31)
MEMBERS = 3
# A time written without its zone may lie this far from the one that is meant.
FARTHEST_ZONE = timedelta(hours=14)
# Columns that may change, by stream.
COLUMNS = {
    "documents": ("created_at", "file_hash", "uploaded_by", "organization_id", "processing_status"),
    "document_sections": ("created_at", "document_id"),
    "analysis_results": ("created_at", "document_id", "created_by"),
    "user_feedback": ("created_at", "action"),
    "audit_logs": ("created_at", "user_id"),
    "users": ("role",),
}
CLOCKS = ("forward", "tie", "back", "ahead")


Action = Literal["change", "again", "delete"]


@dataclass(frozen=True)
class Step:
    """One thing that happens to one row.

    Attributes:
        member: which row of its stream.
        action: a change of one column, the same row again, or a deletion noticed by its absence.
        value: which of three or four values the column takes.
        clock: what the row's own time of writing says: the present, what it said before, a day
            before that, or the present in a zone whose clocks are nine hours ahead.
    """

    stream: str
    member: int
    action: Action
    column: str
    value: int
    clock: str


Life = Sequence[Sequence[Step]]
"""Steps of one family, by delivery."""


@dataclass
class Row:
    """What was delivered of one row: states, and None for each tombstone, with the time of each."""

    events: list[tuple[datetime, Record | None]] = field(default_factory=list)

    @property
    def last(self) -> Record:
        """The state delivered last."""
        return next(row for _, row in reversed(self.events) if row)

    def state(self) -> tuple[Record, datetime | None]:
        """The state that holds, and when it was found to be gone."""
        held, gone = self.last, None
        first = True
        for moment, row in self.events:
            if row is None:
                if written(held) <= moment + FARTHEST_ZONE:
                    gone = moment
            elif first or gone or written(row) >= written(held):
                held, gone, first = row, None, False
        return held, gone

    def versions(self, value: str) -> list[tuple[date, date, Any]]:
        """Half-open ranges of days and the value of a column in each."""
        points = sorted(self._points(value), key=lambda point: point[:3])
        spans: list[tuple[date, date, Any]] = []
        alive = None
        day = points[0][0].date()
        last_day = points[-1][0].date()
        while day <= last_day:
            today = [point for point in points if point[0].date() == day]
            lived = [point for point in today if not point[2]]
            was = alive
            shown = lived[-1][3] if lived else alive
            if today:
                alive = None if today[-1][2] else today[-1][3]
            after = day + timedelta(days=1)
            if shown is not None:
                if spans and was is not None and spans[-1][2] == shown:
                    spans[-1] = (spans[-1][0], after, shown)
                else:
                    spans.append((day, after, shown))
            day = after
        if alive is not None:
            spans[-1] = (spans[-1][0], FOREVER, alive)
        spans[0] = (min(spans[0][0], BORN), *spans[0][1:])
        return spans

    def _points(self, value: str) -> Iterator[tuple[datetime, datetime, bool, Any]]:
        """When something became true and was delivered, whether it is a deletion, the value.

        Of a version that was delivered several times, the last delivery is known.
        """
        found = {written(row): (moment, row[value]) for moment, row in self.events if row}
        tombstones: dict[datetime, datetime] = {}
        for gone, row in self.events:
            if row is None:
                lived = [at for at, (moment, _) in found.items() if moment < gone]
                tombstones[gone] = max([gone, *(at for at in lived if at <= gone + FARTHEST_ZONE)])
                yield tombstones[gone], gone, True, None
        for at, (moment, state) in found.items():
            yield at, moment, False, state
            outlived = [gone for gone in tombstones if gone < moment]
            if outlived and at <= tombstones[max(outlived)]:
                between = [a for a, (m, _) in found.items() if max(outlived) < m < moment]
                if at >= max(between, default=at):
                    yield moment, moment, False, state


def written(row: Record) -> datetime:
    """When the source says it wrote a state; long ago where it does not say."""
    return datetime.fromisoformat(row.get("updated_at", "1990-01-01T00:00:00+00:00"))


class Family:
    """Three rows of each stream that point at each other, and at nobody else."""

    def __init__(self, name: str, life: Life) -> None:
        """Live through all deliveries."""
        self.name = name
        self.life = life
        self.rows: dict[tuple[str, int], Row] = defaultdict(Row)
        self.deliveries: list[dict[str, list[Record]]] = []
        for number, steps in enumerate([[], *life]):
            self._deliver(FIRST_DELIVERY + timedelta(days=number), steps)

    def named(self, kind: str, member: int) -> str:
        """Name of one of the family."""
        return f"{self.name}-{kind}-{member}"

    def _deliver(self, moment: datetime, steps: Sequence[Step]) -> None:
        delivery: dict[str, list[Record]] = defaultdict(list)
        if not self.deliveries:
            for member in range(MEMBERS):
                for stream in COLUMNS:
                    delivery[stream].append(self._born(stream, member))
            for stream, rows in delivery.items():
                for member, state in enumerate(rows):
                    self.rows[stream, member].events.append((moment, state))
        for step in steps:
            if step.action != "delete":
                row = self.rows[step.stream, step.member]
                state = self._changed(row.last, step, moment)
                row.events.append((moment, state))
                delivery[step.stream].append(state)
        found = moment + timedelta(minutes=30)
        gone = {(s.stream, s.member) for s in steps if s.action == "delete"}
        for stream, member in sorted(gone):
            self.rows[stream, member].events.append((found, None))
            delivery["deletions"].append(
                records.deletion(stream, self.named(stream, member), found.isoformat())
            )
        self.deliveries.append(delivery)

    def _born(self, stream: str, member: int) -> Record:
        name = self.named(stream, member)
        at = f"{DAYS[0]}T0{member}:15:00+00:00"
        document = self.named("documents", member)
        person = {"created_by": key(self.named("users", member))}
        match stream:
            case "users":
                return records.user(name, at)
            case "documents":
                owner = {"uploaded_by": key(self.named("users", member)), "file_hash": name}
                return records.document(name, at, **owner)
            case "document_sections":
                place = {"section_order": member + 1, "word_count": 10**member}
                return {"id": key(name), "document_id": key(document), "created_at": at} | place
            case "analysis_results":
                return records.analysis(name, document, at, **person)
            case "user_feedback":
                return records.feedback(name, self.named("analysis_results", member), at)
        return records.event(name, at)

    def _changed(self, row: Record, step: Step, moment: datetime) -> Record:
        if step.action == "again":
            return row
        changed = row | {step.column: self._value(step)}
        if "updated_at" in row:
            now = moment - timedelta(hours=1)
            changed["updated_at"] = {
                "forward": now,
                "tie": written(row),
                "back": written(row) - timedelta(days=1),
                "ahead": now + timedelta(hours=9),
            }[step.clock].isoformat()
        return changed

    def _value(self, step: Step) -> str:
        member = step.value % MEMBERS
        if step.column == "created_at":
            return f"{DAYS[step.value]}T1{step.member}:30:00+00:00"
        words = {
            "processing_status": ("completed", "failed", "processing"),
            "action": ("accepted", "rejected", "custom"),
            "role": ("viewer", "analyst", "admin"),
            "file_hash": [self.named("documents", m) for m in range(MEMBERS)],
        }
        if step.column in words:
            return words[step.column][member]
        kinds = {"document_id": "documents", "organization_id": "organization"}
        return key(self.named(kinds.get(step.column, "users"), member))

    def members(self, stream: str) -> list[tuple[Record, datetime | None]]:
        """The states of a stream's rows that hold, and since when each is gone."""
        return [self.rows[stream, member].state() for member in range(MEMBERS)]


def day_of(row: Record) -> date:
    """The UTC day a row belongs to."""
    return datetime.fromisoformat(row["created_at"]).date()


def land(workspace: Workspace, families: Sequence[Family], number: int) -> None:
    """Land one delivery of all families: rows at noon, tombstones half an hour later."""
    moment = FIRST_DELIVERY + timedelta(days=number)
    together: dict[str, list[Record]] = defaultdict(list)
    for family in families:
        for stream, rows in family.deliveries[number].items():
            together[stream] += rows
    for stream, rows in together.items():
        time = moment + timedelta(minutes=30 if stream == "deletions" else 0)
        content = "".join(json.dumps(row) + "\n" for row in rows)
        workspace.write(
            f"prism/{stream}/{time:%Y-%m-%d}/part-{time:%H%M%S%f}-{stream}.jsonl", content.encode()
        )
