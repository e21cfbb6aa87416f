"""Tables that fit a terminal of any width without cutting or wrapping a number."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# Text columns wrap, but never to fewer cells than this.
NARROWEST_TEXT = 12


class FittedTable:
    """A table, or a list of `heading  value` lines where its numbers do not fit side by side.

    Columns with `no_wrap` hold the numbers.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._needed() <= options.max_width:
            yield self.table
        else:
            yield from self._listed(options.max_width)

    def _needed(self) -> int:
        """Return the least width in cells, with all text columns at their narrowest."""
        _, right, _, left = self.table.padding
        lines = len(self.table.columns) + 1 if self.table.box else 0
        return (
            sum(
                left + right + (width if column.no_wrap else min(width, NARROWEST_TEXT))
                for column in self.table.columns
                for width in [max(map(_width, [column.header, *column.cells]))]
            )
            + lines
        )

    def _listed(self, width: int) -> RenderResult:
        """Render one record after the other, one line a cell, each with its heading."""
        headings = [_text(column.header) for column in self.table.columns]
        if self.table.title:
            yield Text(str(self.table.title), style="italic")
        for row in zip(*(list(column.cells) for column in self.table.columns), strict=True):
            for heading, cell in zip(headings, map(_text, row), strict=True):
                if not heading.plain:
                    yield cell
                elif heading.cell_len + 2 + cell.cell_len <= width:
                    yield Text.assemble((heading.plain, "dim"), "  ", cell)
                else:
                    yield Text(heading.plain, style="dim")
                    yield Padding(cell, (0, 0, 0, 2 if cell.cell_len + 2 <= width else 0))
            yield Text()


def _text(cell: object) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell))


def _width(cell: object) -> int:
    return max(map(cell_len, _text(cell).plain.splitlines()), default=0)
