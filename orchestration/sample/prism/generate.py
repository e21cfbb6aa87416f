"""Writes the platform's sample as extraction would land it, half day by half day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from orchestration.core.files import whole_file
from orchestration.sample.delivery import Rows
from orchestration.sample.landing import LandingZone, write_parquet
from orchestration.sample.prism.halves import HALF, Half
from orchestration.sample.prism.options import PrismOptions, PrismResult
from orchestration.sample.prism.truth import Truth
from orchestration.sample.prism.world import Piece, World
from orchestration.sample.text import to_json

_PLAIN = (
    "id", "document_id", "section_id", "analysis_result_id", "resource_id", "file_hash", "filename",
    "file_path", "original_filename", "content", "feedback_items", "email", "request_id",
    "api_endpoint", "created_at", "updated_at", "analysis_started_at", "analysis_completed_at",
    "processing_started_at", "processing_completed_at",
)  # fmt: skip
"""Columns whose values hardly repeat: a dictionary of them would only cost time."""

_WAITING_WRITES = 3


class _Deliveries:
    """Rows that wait for the extraction they are delivered in."""

    def __init__(self, halves: int) -> None:
        self._halves = halves
        self._waiting: dict[tuple[str, int], list[Rows]] = defaultdict(list)

    def keep(self, stream: str, rows: Rows) -> None:
        """Keep rows until their half day; what comes after the sample is dropped."""
        numbers = rows.arrival // HALF
        for number in np.unique(numbers[numbers < self._halves]).tolist():
            self._waiting[stream, number].append(rows.select(np.flatnonzero(numbers == number)))

    def due(self, stream: str, half: Half) -> Rows | None:
        """What is kept for the half day, in order of arrival."""
        waiting = self._waiting.pop((stream, half.number), [])
        return Rows.joined(waiting).in_order() if waiting else None


def write_prism_sample(
    landing: Path,
    truth: Path,
    options: PrismOptions,
    progress: Callable[[int, int], None] | None = None,
) -> PrismResult:
    """Write the document-analysis platform's landing zone and the truth about it.

    Args:
        landing: the landing zone; files go to `prism/<stream>/<delivery day>/part-NNNN.parquet`.
        truth: a folder outside the landing zone, for `prism.json` (what must be found) and
            `prism_faults.jsonl` (every planted fault and its row).
        options: size, changes, seed and fault rates.
        progress: called with the days written and the days asked for, after each day.

    Raises:
        SampleError: the landing zone already holds other data.
    """
    zone = LandingZone(landing, "prism", options.overwrite)
    world = World(options)
    known = Truth(options, world.halves.rhythm)
    deliveries = _Deliveries(2 * options.days)
    with (
        whole_file(truth / "prism_faults.jsonl", replace=True) as faults,
        ThreadPoolExecutor(max_workers=1) as writer,
    ):
        writes: list[Future[None]] = []
        before: Half | None = None
        for piece in world.pieces():
            if progress and before and piece.half.day != before.day:
                progress(piece.half.day, options.days)
            before = piece.half
            _add_totals(known, world, piece)
            for stream, planted in piece.planted.items():
                deliveries.keep(stream, planted.rows)
            # What people did waits for the documents of the same half day.
            streams = ("organizations", "users") if piece.block < 0 else tuple(piece.planted)
            piece.planted.clear()
            for stream in streams:
                rows = deliveries.due(stream, piece.half)
                if rows is None:
                    continue
                date = world.halves.rhythm.date_of(piece.half.day)
                path = zone.next_part(stream, date, ".parquet")
                known.add_file(stream, piece.half.day, rows)
                faults.write(_fault_lines(stream, zone.relative(path), rows))
                writes.append(writer.submit(write_parquet, path, rows.content, _PLAIN))
            while len(writes) > _WAITING_WRITES * len(streams):
                writes.pop(0).result()
        for write in writes:
            write.result()
        if progress:
            progress(options.days, options.days)
        zone.check_complete()
    with whole_file(truth / "prism.json", replace=True) as file:
        file.write((to_json(known.described()) + "\n").encode())
    counts = known.streams.values()
    lines, rows_expected = sum(c.lines for c in counts), sum(c.rows for c in counts)
    return PrismResult(
        landing=landing,
        truth=truth,
        files=sum(c.files for c in counts),
        lines=lines,
        expected_rows=rows_expected,
        expected_rejects=lines - rows_expected,
        analyses=known.streams["analysis_results"].unique,
        faults=sum(c.faults.total() for c in counts),
    )


def _add_totals(known: Truth, world: World, piece: Piece) -> None:
    totals, planted = known.totals, piece.planted
    if piece.work is None:
        people, firms = piece.people["users"], piece.people["organizations"]
        status = world.users.state["status"][people]
        totals.add_versions(totals.users, planted["users"], people, status)
        totals.add_versions(totals.organizations, planted["organizations"], firms, firms * 0)
    else:
        totals.add_documents(planted["documents"])
        totals.add_sections(planted["document_sections"])
        totals.add_analyses(planted["analysis_results"], piece.work, piece.without_items)
        totals.add_feedback(planted["user_feedback"])
    totals.add_tombstones(planted["deletions"], piece.people["deletions"])
    totals.add_events(planted["audit_logs"])


def _fault_lines(stream: str, path: str, rows: Rows) -> bytes:
    if not rows.notes:
        return b""
    key = rows.content.column("id").take(pa.array(rows.note_rows)).to_pylist()
    lines = (
        f'{{"stream":"{stream}","path":"{path}","row":{row + 1},"id":"{id_}",'
        f'"fault":"{note.fault}","detail":{note.detail}}}\n'
        for row, id_, note in zip(rows.note_rows.tolist(), key, rows.notes, strict=True)
    )
    return "".join(lines).encode()
