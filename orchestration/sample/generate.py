"""Writes samples part by part, so that memory does not grow with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.core.files import whole_file
from orchestration.sample.columns import to_json
from orchestration.sample.landing import LandingZone
from orchestration.sample.planting import Planted
from orchestration.sample.rhythm import Slot
from orchestration.sample.truth import Count, Truth
from orchestration.sample.world import Options, Part, World

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SampleResult:
    """What was written, over all sources."""

    landing: Path  # the files lie in a folder for each source
    truth: Path  # the folder with `<source>.json` and `<source>_faults.jsonl`
    files: int
    lines: int  # rows in them
    expected_rows: int  # those that must load
    expected_rejects: int  # those that must be rejected
    faults: int  # planted, as many as `<source>_faults.jsonl` has lines
    unique_rows: dict[str, int]  # distinct ones, by `<source>.<stream>`


def write_samples(
    landing: Path, truth: Path, sources: Sequence[Options], progress: Progress | None = None
) -> SampleResult:
    """Write the landing zone of each source and the truth about it.

    Args:
        landing: the landing zone; files go to `<source>/<stream>/<delivery day>/`.
        truth: a folder outside the landing zone, for `<source>.json` (what must be found) and
            `<source>_faults.jsonl` (every planted fault and its line or row).
        sources: options of each source.
        progress: called with the days written and the days asked for, over all sources.

    Raises:
        SampleError: the landing zone already holds other data of one of the sources; nothing has
            been written where that could be seen beforehand.
    """
    zones = [LandingZone(landing, options.source, options.overwrite) for options in sources]
    counts: dict[str, Count] = {}
    done = 0
    for options, zone in zip(sources, zones, strict=True):
        days = partial(_tell, progress, done, sum(options.days for options in sources))
        known = _write(zone, truth, options, days)
        counts |= {f"{options.source}.{name}": count for name, count in known.streams.items()}
        done += options.days
    lines, rows = (sum(getattr(c, n) for c in counts.values()) for n in ("lines", "rows"))
    return SampleResult(
        landing,
        truth,
        files=sum(count.files for count in counts.values()),
        lines=lines,
        expected_rows=rows,
        expected_rejects=lines - rows,
        faults=sum(count.faults.total() for count in counts.values()),
        unique_rows={name: count.unique for name, count in counts.items()},
    )


def write_sample(
    landing: Path, truth: Path, options: Options, progress: Progress | None = None
) -> SampleResult:
    """Write the sample of one source; see `write_samples`."""
    return write_samples(landing, truth, [options], progress)


def _tell(progress: Progress | None, before: int, of: int, days: int) -> None:
    if progress:
        progress(before + days, of)


def _write(
    zone: LandingZone, truth: Path, options: Options, progress: Callable[[int], None]
) -> Truth:
    source, world = options.source, options.world()
    known, deliveries = Truth(world.declared, world.rhythm, world.end), _Deliveries(world)
    with whole_file(truth / f"{source}_faults.jsonl", replace=True) as faults:

        def write_due(slot: Slot) -> None:
            for name, stream in world.declared.streams.items():
                rows = deliveries.due(name, slot)
                if rows is not None:
                    path = zone.write(stream, slot.day, world.rhythm.date_of(slot.day), rows)
                    known.add_file(name, slot.day, rows)
                    faults.write(_fault_lines(name, path, rows))

        slot: Slot | None = None
        for part in _ahead(world.parts()):
            if slot is not None and part.slot != slot:
                write_due(slot)
                if part.slot.day != slot.day:
                    progress(part.slot.day)
            slot = part.slot
            while part.planted:
                planted = part.planted.pop()
                known.add_totals(planted)
                deliveries.keep(planted)
            if part.ends_file:
                write_due(slot)
        if slot is not None:
            write_due(slot)
        progress(options.days)
        zone.check_complete()
    with whole_file(truth / f"{source}.json", replace=True) as file:
        described = known.described(options.described(), world.totals())
        file.write((to_json(described) + "\n").encode())
    return known


class _Deliveries:
    """Rows that wait for the slot they are delivered in."""

    def __init__(self, world: World) -> None:
        self._rhythm, self._end = world.rhythm, world.end
        self._waiting: dict[tuple[str, int], list[Any]] = defaultdict(list)

    def keep(self, planted: Planted) -> None:
        """Keep rows until their slot; what comes after the last one is dropped."""
        slots = self._rhythm.slot_of(planted.rows.column("_arrival").to_numpy())
        order = np.argsort(slots, kind="stable")
        rows = planted.rows.take(pa.array(order))
        for slot, begin, count in zip(*np.unique(slots[order], True, False, True), strict=True):
            if slot * self._rhythm.length < self._end:
                part = rows.slice(begin, count)
                self._waiting[planted.stream.name, int(slot)].append(part)

    def due(self, stream: str, slot: Slot) -> Any:
        """What is kept for the slot, in order of arrival; None: nothing."""
        waiting = self._waiting.pop((stream, slot.number), None)
        if waiting is None:
            return None
        rows = pa.concat_tables(waiting).combine_chunks()
        order = np.argsort(rows.column("_arrival").to_numpy(), kind="stable")
        return rows.take(pa.array(order))


def _ahead(parts: Iterator[Part]) -> Iterator[Part]:
    """The next part is drawn in another thread while one is written."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        following = thread.submit(next, parts, None)
        while (part := following.result()) is not None:
            following = thread.submit(next, parts, None)
            yield part


def _fault_lines(stream: str, path: str, rows: Any) -> bytes:
    """One line for each fault; for a table, with the row's id."""
    noted = np.flatnonzero(rows.column("_notes").is_valid().to_numpy())
    texts = rows.column("_notes").take(pa.array(noted)).to_pylist()
    places: list[dict[str, Any]] = [{"line": row + 1} for row in noted.tolist()]
    if "line" not in rows.column_names:
        ids = rows.column("id").take(pa.array(noted)).to_pylist()
        places = [{"row": p["line"], "id": of} for p, of in zip(places, ids, strict=True)]
    lines = (
        f'{{"stream":"{stream}","path":"{path}",{to_json(place)[1:-1]},{note}}}\n'
        for place, text in zip(places, texts, strict=True)
        for note in text.splitlines()
    )
    return "".join(lines).encode()
