"""What a report holds: figures with their value before, tables, sections."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from orchestration.core.period import Period

Number = int | float | Decimal
Cell = Number | str | date | None
Unit = Literal["count", "seconds", "usd", "score", "percent", "ratio", "minutes", "hour"]
Kind = Unit | Literal["text", "change"]
Better = Literal["more", "less"] | None


@dataclass(frozen=True)
class Measure:
    """What a figure says. `better` is the direction that is good news; None if neither is."""

    name: str
    label: str
    unit: Unit
    better: Better
    definition: str


@dataclass(frozen=True)
class Figure:
    """A measure over the period and over the one before; None where nothing was measured."""

    measure: Measure
    value: Number | None
    before: Number | None

    @property
    def change(self) -> Number | None:
        """Value less value before, in the measure's unit; none for an hour of the day."""
        if self.value is None or self.before is None or self.measure.unit == "hour":
            return None
        if isinstance(self.value, float) or isinstance(self.before, float):
            return float(self.value) - float(self.before)
        return self.value - self.before

    @property
    def change_percent(self) -> float | None:
        """The change in percent of the value before; None where that is zero or unknown."""
        change = self.change
        if change is None or not self.before:
            return None
        return 100 * float(change) / float(self.before)

    @property
    def news(self) -> Literal["good", "bad"] | None:
        """Whether the change is for the better; None where it is neither."""
        change = self.change
        if not change or self.measure.better is None:
            return None
        return "good" if (change > 0) == (self.measure.better == "more") else "bad"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    """Rows in the order they are shown; `value` names the column that charts draw."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    value: str

    @property
    def readable(self) -> Table:
        """The table for people: a name in the place of its id, where there is one."""
        names = [column.name for column in self.columns]
        if "organization_name" not in names:
            return self
        key, named = names.index("organization"), names.index("organization_name")
        rows = [
            tuple(
                (row[named] or cell) if place == key else cell
                for place, cell in enumerate(row)
                if place != named
            )
            for row in self.rows
        ]
        kept = tuple(column for column in self.columns if column.name != "organization_name")
        return replace(self, columns=kept, rows=rows)

    def column(self, name: str) -> list[Cell]:
        """The cells of one column."""
        place = [column.name for column in self.columns].index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class Section:
    """Figures and tables on one topic."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The executive report over a period."""

    period: Period
    organization_id: UUID | None
    organization_name: str | None
    generated_at: datetime
    published_at: datetime
    figures: tuple[Figure, ...]
    days: Table
    days_before: Table
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = field(default=())

    def all_figures(self) -> list[Figure]:
        """The figures of the summary and of every section."""
        return [*self.figures, *(f for section in self.sections for f in section.figures)]
