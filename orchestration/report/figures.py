"""The parts of a report: figures with their previous value, tables and sections."""

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
    """What a figure means. `better` is the direction that is good news; None if neither is."""

    name: str
    label: str
    unit: Unit
    better: Better
    definition: str


@dataclass(frozen=True)
class Figure:
    """A measure's value in the period and in the one before; None where nothing was measured."""

    measure: Measure
    value: Number | None
    before: Number | None

    @property
    def change(self) -> Number | None:
        """The value minus the value before, in the measure's unit; None for an hour of the day."""
        if self.value is None or self.before is None or self.measure.unit == "hour":
            return None
        if isinstance(self.value, float) or isinstance(self.before, float):
            # Python does not subtract a float from a Decimal, or the reverse.
            return float(self.value) - float(self.before)
        return self.value - self.before

    @property
    def change_percent(self) -> float | None:
        """The change in percent of the value before; None if that value is zero or unknown."""
        change = self.change
        if change is None or not self.before:
            return None
        return 100 * float(change) / float(self.before)

    @property
    def news(self) -> Literal["good", "bad"] | None:
        """Whether the change is good or bad news; None if it is neither."""
        change = self.change
        if not change or self.measure.better is None:
            return None
        return "good" if (change > 0) == (self.measure.better == "more") else "bad"


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in JSON, its heading, and how its cells are formatted."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    """Rows in display order. `value` names the column that charts draw."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple[Cell, ...]]
    value: str

    @property
    def readable(self) -> Table:
        """The table for people: organizations by name, or by id where the name is unknown."""
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
        """Return the cells of one column, in row order."""
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
        """Return the figures of the summary, then those of every section."""
        return [*self.figures, *(f for section in self.sections for f in section.figures)]
