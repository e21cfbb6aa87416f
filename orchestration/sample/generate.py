"""Writes the sample: stretch by stretch, so that memory does not grow with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from orchestration.core.files import whole_file
from orchestration.sample.delivery import Rows
from orchestration.sample.faults import Planted, Planter
from orchestration.sample.landing import LandingZone
from orchestration.sample.metrics import MetricLines
from orchestration.sample.options import SampleOptions, SampleResult
from orchestration.sample.queries import QueryPool
from orchestration.sample.rhythm import DAY, Calendar, Stretch
from orchestration.sample.sessions import SessionMaker, Sessions
from orchestration.sample.streams import (
    CONTENT_ACCESSES,
    INTERACTIONS,
    SESSION_MEMORY,
    STREAMS,
    SYSTEM_METRICS,
    SessionLines,
)
from orchestration.sample.text import TimeText, to_json
from orchestration.sample.truth import Truth

_AHEAD = 2


@dataclass(frozen=True)
class _Produced:
    """What begins in a stretch: planted lines by stream."""

    stretch: Stretch
    sessions: Sessions
    planted: dict[str, Planted]


class _Source:
    """Produces the lines of any stretch, independent of all others."""

    def __init__(self, options: SampleOptions, calendar: Calendar) -> None:
        pool = QueryPool(options.seed)
        time_text = TimeText(calendar)
        self._maker = SessionMaker(options.seed, options.rows_per_day, calendar, pool)
        self._lines = SessionLines(options.seed, pool, time_text)
        self._metrics = MetricLines(options.seed, options.rows_per_day, calendar, time_text)
        self._planter = Planter(options)

    def produce(self, stretch: Stretch) -> _Produced:
        sessions = self._maker.draw(stretch)
        clean = {
            INTERACTIONS.name: self._lines.interactions(sessions),
            CONTENT_ACCESSES.name: self._lines.accesses(sessions, stretch),
            SESSION_MEMORY.name: self._lines.memories(sessions, stretch),
            SYSTEM_METRICS.name: self._metrics.metrics(stretch),
        }
        planted = {
            spec.name: self._planter.plant(spec, clean.pop(spec.name), stretch.day, stretch.block)
            for spec in STREAMS
        }
        return _Produced(stretch, sessions, planted)


class _Deliveries:
    """Rows that wait for the stretch in which they are delivered."""

    def __init__(self, options: SampleOptions, calendar: Calendar) -> None:
        self._end = options.days * DAY
        self._calendar = calendar
        self._waiting: dict[tuple[str, int, int], list[Rows]] = defaultdict(list)

    def due(self, stream: str, stretch: Stretch, lines: Rows) -> Rows:
        """All lines of the stream due in the stretch, those carried over included."""
        now = np.flatnonzero(lines.arrival < stretch.end)
        self._keep(stream, lines.select(np.flatnonzero(lines.arrival >= stretch.end)))
        carried = self._waiting.pop((stream, stretch.day, stretch.block), [])
        order = np.argsort(lines.arrival[now], kind="stable")
        present = lines.select(now[order])
        return Rows.joined([present, *carried]).in_order() if carried else present

    def _keep(self, stream: str, later: Rows) -> None:
        days = later.arrival // DAY
        for day in np.unique(days[later.arrival < self._end]).tolist():
            rows = np.flatnonzero(days == day)
            blocks = self._calendar.blocks_of(day, later.arrival[rows])
            for block in np.unique(blocks).tolist():
                part = later.select(rows[blocks == block])
                self._waiting[stream, day, block].append(part)


def write_sample(
    landing: Path,
    truth: Path,
    options: SampleOptions,
    progress: Callable[[int, int], None] | None = None,
) -> SampleResult:
    """Write the assistant's landing zone and the truth about it.

    Args:
        landing: the landing zone; files go to `assistant/<stream>/<delivery day>/`.
        truth: a folder outside the landing zone, for `assistant.json` (what must be found) and
            `assistant_faults.jsonl` (every planted fault and its line).
        options: size, seed and fault rates.
        progress: called with the days written and the days asked for, after each day.

    Raises:
        SampleError: the landing zone already holds other data.
    """
    zone = LandingZone(landing, "assistant", options.overwrite)
    calendar = Calendar(options)
    known = Truth(options, calendar)
    source = _Source(options, calendar)
    deliveries = _Deliveries(options, calendar)
    with whole_file(truth / "assistant_faults.jsonl", replace=True) as faults:
        for produced in _produced_in_order(source, calendar):
            stretch = produced.stretch
            known.totals.add(produced.sessions, produced.planted[INTERACTIONS.name])
            for spec in STREAMS:
                planted = produced.planted.pop(spec.name)
                lines = deliveries.due(spec.name, stretch, planted.lines)
                if len(lines):
                    date = calendar.date_of(stretch.day)
                    path = zone.write_lines(spec.name, stretch.day, date, lines)
                    known.add_file(spec.name, stretch.day, lines)
                    faults.write(_fault_lines(spec.name, path, lines))
            if progress and stretch.block == stretch.blocks - 1:
                progress(stretch.day + 1, options.days)
        zone.check_complete()
    with whole_file(truth / "assistant.json", replace=True) as file:
        file.write((to_json(known.described()) + "\n").encode())
    counts = known.streams.values()
    rows = sum(count.rows for count in counts)
    lines_written = sum(count.lines for count in counts)
    return SampleResult(
        landing=landing,
        truth=truth,
        files=sum(count.files for count in counts),
        lines=lines_written,
        expected_rows=rows,
        expected_rejects=lines_written - rows,
        interactions=known.streams[INTERACTIONS.name].unique,
        faults=sum(count.faults.total() for count in counts),
    )


def _produced_in_order(source: _Source, calendar: Calendar) -> Iterator[_Produced]:
    """Stretches are produced a little ahead in other threads; the result does not depend on it."""
    stretches = calendar.all_stretches()
    with ThreadPoolExecutor(max_workers=_AHEAD) as threads:
        pending: list[Future[_Produced]] = [
            threads.submit(source.produce, stretch) for stretch in islice(stretches, _AHEAD)
        ]
        while pending:
            produced = pending.pop(0).result()
            following = next(stretches, None)
            if following is not None:
                pending.append(threads.submit(source.produce, following))
            yield produced


def _fault_lines(stream: str, path: str, lines: Rows) -> bytes:
    rows = (
        f'{{"stream":"{stream}","path":"{path}","line":{row + 1},"fault":"{note.fault}",'
        f'"detail":{note.detail}}}\n'
        for row, note in zip(lines.note_rows.tolist(), lines.notes, strict=True)
    )
    return "".join(rows).encode()
