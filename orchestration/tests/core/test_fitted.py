"""Tables of every command keep their numbers whole, however narrow the terminal is."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from orchestration.core.terminal import table_of

ROWS = [
    ("株式会社みなと商会 and others", 1_234_567, -0.5, None),
    ("a_stream_with_a_very_long_name.parquet", 9_876_543_210, 1234567.891, "[bold]plain[/bold]"),
]
NUMBERS = ["1,234,567", "9,876,543,210", "-0.50", "1,234,567.89"]


@pytest.mark.parametrize("width", [20, 25, 33, 40, 60, 80, 160])
def test_numbers_stay_whole(width: int) -> None:
    page = io.StringIO()
    console = Console(file=page, width=width)
    console.print(table_of(["stream", "rows", "score", "said"], ROWS, "Title"))
    text = page.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    for told in [*NUMBERS, "Title"]:
        assert told in text, text
    # Nothing in a cell is an instruction.
    assert width < 160 or "[bold]plain[/bold]" in text
