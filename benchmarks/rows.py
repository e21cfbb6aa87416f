"""Rows of the table of results: what was measured, its target, and whether it was met."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

FIGURES = ("precision", "recall", "F1")
SCORE = re.compile(rf": ({'|'.join(FIGURES)}) of (.*)")


@dataclass(frozen=True)
class Row:
    """One line of the table. `met` is None if no target applies at this size."""

    name: str
    size: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None
    peak_mb: float | None = None


@dataclass(frozen=True)
class Target:
    """A bound, and the smallest size, in interactions, at which it applies.

    `bound` is a minimum if `least` is true, otherwise a maximum.
    """

    bound: float
    least: bool
    counts_from: int = 0
    label: str = ""

    def text(self) -> str:
        """Return the target as the table shows it."""
        return f"{'>=' if self.least else '<='} {self.bound:,.10g}{self.label}"

    def met(self, value: float, interactions: int) -> bool | None:
        """Return whether the value meets the target; None if it does not apply at this size."""
        if interactions < self.counts_from:
            return None
        return value >= self.bound if self.least else value <= self.bound


def write(rows: Sequence[Row], path: Path) -> None:
    """Write `bench.json` atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".tmp")
    try:
        with open(beside, "w", encoding="utf-8") as file:
            file.write(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def show(rows: Sequence[Row], out: Console) -> None:
    """Print the table."""
    table = Table()
    for column in ("what", "size"):
        table.add_column(column, no_wrap=True)
    for column in ("value", "unit", "target", "met", "peak MiB"):
        table.add_column(column, justify="left" if column == "unit" else "right", no_wrap=True)
    scores = [row for row in rows if SCORE.search(row.name)]
    before = None
    for row in rows:
        if row in scores:
            # Shown in a table of their own, with precision, recall and F1 side by side.
            continue
        concern = row.name.split(":")[0]
        if before not in (None, concern):
            table.add_section()
        before = concern
        table.add_row(
            row.name,
            row.size,
            number(row.value),
            row.unit,
            row.target,
            {True: "yes", False: "NO", None: ""}[row.met],
            "" if row.peak_mb is None else f"{row.peak_mb:,.0f}",
        )
    out.print(table)
    if scores:
        _show_scores(scores, out)


def _show_scores(rows: Sequence[Row], out: Console) -> None:
    """Print precision, recall and F1 side by side."""
    kinds: dict[str, dict[str, str]] = {}
    for row in rows:
        if found := SCORE.search(row.name):
            figure, kind = found.groups()
            kinds.setdefault(kind, {})[figure] = f"{row.value:.3f}"
    table = Table(f"redaction of {rows[0].size}")
    for figure in FIGURES:
        table.add_column(figure, justify="right")
    for kind, values in kinds.items():
        table.add_row(kind, *(values[figure] for figure in FIGURES))
    out.print(table)


def number(value: float) -> str:
    """Format a figure: whole above 1000, otherwise with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
