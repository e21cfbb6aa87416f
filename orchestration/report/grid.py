"""Tables of the HTML report, drawn by great_tables."""

from __future__ import annotations

import re
import warnings
from functools import cache
from html import escape

import pyarrow as pa
from great_tables import GT

from orchestration.report.figures import Table
from orchestration.report.text import shown

STYLED = re.compile(r"<style>(.*?)</style>", re.DOTALL)
SCOPE = "grid"
# great_tables takes no CSS variables as colours, so its default colours are replaced afterwards.
COLOURS = {
    "#333333": "var(--ink)",
    "#FFFFFF": "transparent",
    "#F4F4F4": "var(--panel)",
    "#A8A8A8": "var(--rule)",
    "#D3D3D3": "var(--rule)",
}


def grid(table: Table) -> str:
    """Return a table as HTML without its style sheet, which `table_style` gives once for all."""
    drawn = STYLED.sub("", _drawn(table))
    # Drop ids and the `headers` that refer to them: every table would repeat the same ids.
    drawn = re.sub(r' (?:id|headers)="[^"]*"', "", drawn)
    return re.sub(r"^\s*<div[^>]*>", f'<div class="{SCOPE}">', drawn, count=1)


@cache
def table_style() -> str:
    """Return the style sheet that all tables share, with colours from the page's CSS variables."""
    found = STYLED.search(_drawn(Table("style", "", (), [], "")))
    style = found[1].replace(f"#{SCOPE}", f".{SCOPE}") if found else ""
    for drawn, variable in COLOURS.items():
        style = style.replace(drawn, variable)
    return style


def _drawn(table: Table) -> str:
    # Cells are formatted here, as in the other renderings, so every column is text to great_tables.
    columns = {
        column.name: pa.array([shown(row[n], column.kind) for row in table.rows], pa.string())
        for n, column in enumerate(table.columns)
    } or {"empty": pa.array([], pa.string())}
    with warnings.catch_warnings():
        # great_tables warns for every table that its support of Arrow is experimental.
        warnings.simplefilter("ignore", UserWarning)
        drawn = (
            GT(pa.table(columns), id=SCOPE)
            .cols_label({column.name: escape(column.label) for column in table.columns})
            .cols_align("right", [c.name for c in table.columns if c.kind != "text"])
            .cols_align("left", [c.name for c in table.columns if c.kind == "text"])
        )
        return str(drawn.as_raw_html())
