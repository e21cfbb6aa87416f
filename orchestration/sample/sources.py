"""Samples of several sources in one landing zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.sample.generate import write_sample
from orchestration.sample.landing import LandingZone
from orchestration.sample.options import SampleOptions, SampleResult
from orchestration.sample.prism import PrismOptions, PrismResult, write_prism_sample

SOURCES = ("assistant", "prism")


@dataclass(frozen=True)
class SourcesResult:
    """What was written, over all sources; the attributes of one source as in its own result.

    Attributes:
        landing: the landing zone; the files lie in a folder for each source.
        truth: the folder with `<source>.json` and `<source>_faults.jsonl`.
        files: files written.
        lines: rows in them.
        expected_rows: those that must load.
        expected_rejects: those that must be rejected.
        interactions: unique interactions of the assistant among the rows.
        analyses: distinct analyses of the platform among the rows.
        faults: planted faults.
    """

    landing: Path
    truth: Path
    files: int
    lines: int
    expected_rows: int
    expected_rejects: int
    interactions: int
    analyses: int
    faults: int


def write_samples(
    landing: Path,
    truth: Path,
    assistant: SampleOptions | None,
    prism: PrismOptions | None,
    progress: Callable[[int, int], None] | None = None,
) -> SourcesResult:
    """Write the sample of each source that has options.

    Args:
        landing: the landing zone.
        truth: a folder outside the landing zone.
        assistant: of the chat assistant; None leaves it out.
        prism: of the document-analysis platform; None leaves it out.
        progress: called with the days written and the days asked for, over all sources.

    Raises:
        SampleError: the landing zone already holds other data of one of the sources; nothing has
            been written where that could be seen beforehand.
    """
    asked = {"assistant": assistant, "prism": prism}
    for source, options in asked.items():
        if options is not None:
            LandingZone(landing, source, options.overwrite)
    days = sum(options.days for options in asked.values() if options is not None)
    results: list[SampleResult | PrismResult] = []
    if assistant is not None:
        results.append(write_sample(landing, truth, assistant, _part(progress, 0, days)))
    if prism is not None:
        done = days - prism.days
        results.append(write_prism_sample(landing, truth, prism, _part(progress, done, days)))
    return SourcesResult(
        landing=landing,
        truth=truth,
        files=sum(r.files for r in results),
        lines=sum(r.lines for r in results),
        expected_rows=sum(r.expected_rows for r in results),
        expected_rejects=sum(r.expected_rejects for r in results),
        interactions=sum(r.interactions for r in results if isinstance(r, SampleResult)),
        analyses=sum(r.analyses for r in results if isinstance(r, PrismResult)),
        faults=sum(r.faults for r in results),
    )


def _part(
    progress: Callable[[int, int], None] | None, before: int, days: int
) -> Callable[[int, int], None] | None:
    return progress and (lambda done, _days: progress(before + done, days))
