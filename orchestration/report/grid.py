"""Tables of the HTML report."""

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
# The colours it is drawn with (no others are taken), by the style sheet's variables.
COLOURS = {
    "#333333": "var(--ink)",
    "#FFFFFF": "transparent",
    "#F4F4F4": "var(--panel)",
    "#A8A8A8": "var(--rule)",
    "#D3D3D3": "var(--rule)",
}


def grid(table: Table) -> str:
    """A table as HTML; its style is `table_style`, once for all tables."""
    drawn = STYLED.sub("", _drawn(table))
    # All tables would carry the same ids, which headers of cells refer to: a column says enough.
    drawn = re.sub(r' (?:id|headers)="[^"]*"', "", drawn)
    return re.sub(r"^\s*<div[^>]*>", f'<div class="{SCOPE}">', drawn, count=1)


@cache
def table_style() -> str:
    """The style sheet of the tables, its colours set by the page's."""
    found = STYLED.search(_drawn(Table("style", "", (), [], "")))
    style = found[1].replace(f"#{SCOPE}", f".{SCOPE}") if found else ""
    for drawn, variable in COLOURS.items():
        style = style.replace(drawn, variable)
    return style


def _drawn(table: Table) -> str:
    columns = {
        column.name: pa.array([shown(row[n], column.kind) for row in table.rows], pa.string())
        for n, column in enumerate(table.columns)
    } or {"empty": pa.array([], pa.string())}
    with warnings.catch_warnings():
        # Arrow tables are called experimental, at every table.
        warnings.simplefilter("ignore", UserWarning)
        drawn = (
            GT(pa.table(columns), id=SCOPE)
            .cols_label({column.name: escape(column.label) for column in table.columns})
            .cols_align("right", [c.name for c in table.columns if c.kind != "text"])
            .cols_align("left", [c.name for c in table.columns if c.kind == "text"])
        )
        return str(drawn.as_raw_html())
