"""Bar charts of the HTML report as plain elements, so that labels stay readable at any width."""

from __future__ import annotations

from html import escape

from orchestration.report.figures import Cell, Number, Table
from orchestration.report.text import shown

LARGEST = 10


def bars(table: Table) -> str:
    """Return an HTML list with a bar for each of the first `LARGEST` rows.

    The value stands beside its bar. A tick on the bar marks the value of the previous period.
    """
    [kind] = [column.kind for column in table.columns if column.name == table.value]
    is_compared = any(column.name == "before" for column in table.columns)
    values = table.column(table.value)
    befores = table.column("before") if is_compared else [None for _ in values]
    labels = table.column(table.columns[0].name)
    rows = list(zip(labels, values, befores, strict=True))[:LARGEST]
    top = max((max(_float(value), _float(before)) for _, value, before in rows), default=0) or 1
    items = []
    for label, value, before in rows:
        tick = ""
        if before is not None:
            tick = f'<span class="tick" style="left:{100 * _float(before) / top:.1f}%"></span>'
        name = escape(shown(label, "text"))
        items.append(
            f'<li><span class="name" title="{name}">{name}</span><span class="track">'
            f'<span class="bar" style="width:{100 * _float(value) / top:.1f}%"></span>{tick}</span>'
            f'<span class="number">{escape(shown(value, kind))}</span></li>'
        )
    return f'<ul class="bars">{"".join(items)}</ul>'


def _float(value: Cell) -> float:
    return float(value) if isinstance(value, Number) else 0.0
