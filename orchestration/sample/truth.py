"""What a warehouse must find in the sample, counted while it is written.

Totals are sums over what is delivered within the sample, each row as last delivered. In
`sample.yml`, by name:

    analyses: {count: true}
    rated: {count: user_rating, within: [1, 5]}        rows with a possible value
    cost_microdollars: {sum: cost_usd, times: 1000000}
    items: {sum: items, unless: [items_missing]}       not of rows with the fault
    sessions: {distinct: session_id}
    by_day: {by: day}                                  the day it was written
    by_action: {by: action, of: actions}               what is none of these words is `other`
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.sample.declared import Declared
from orchestration.sample.noise import Ints
from orchestration.sample.planting import Planted
from orchestration.sample.rhythm import DAY, Rhythm


@dataclass
class Count:
    """Figures of a stream, or of one delivery day of it.

    `unique` counts natural keys on the day they are first delivered in a valid line, so the sum
    up to a day is what deduplicating everything delivered by then leaves.
    """

    files: int = 0
    lines: int = 0
    rows: int = 0
    unique: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    pii_types: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Any, notes: list[dict[str, Any]]) -> None:
        """Count one file; see `Planted` for its rows, and their notes."""
        self.files += 1
        self.lines += len(rows)
        self.rows += pc.sum(rows.column("_valid")).as_py()
        self.unique += pc.sum(rows.column("_fresh")).as_py()
        self.faults.update(note["fault"] for note in notes)
        self.pii_types.update(n["detail"]["type"] for n in notes if n["fault"] == "pii")

    def described(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "files": self.files,
            "lines": self.lines,
            "expected_rows": self.rows,
            "expected_rejects": self.lines - self.rows,
            "unique_rows": self.unique,
            "faults": dict(sorted(self.faults.items())),
            "pii_types": dict(sorted(self.pii_types.items())),
        }


class Truth:
    """Everything known about a source's sample; `end` is that of the sample, in microseconds."""

    def __init__(self, declared: Declared, rhythm: Rhythm, end: int) -> None:
        self._declared, self._rhythm, self._end = declared, rhythm, end
        self.streams = {name: Count() for name in declared.streams}
        self._days: dict[str, dict[str, Count]] = {name: {} for name in declared.streams}
        totals = [total for stream in declared.streams.values() for total in stream.totals.items()]
        self._sums = {name: 0 for name, said in totals if "by" not in said}
        self._groups = {name: Counter[str]() for name, said in totals if "by" in said}

    def add_file(self, stream: str, day: int, rows: Any) -> None:
        """Count a file of a delivery day."""
        texts = rows.column("_notes").drop_null().to_pylist()
        notes = [json.loads(f"{{{note}}}") for text in texts for note in text.splitlines()]
        of_day = self._days[stream].setdefault(self._rhythm.date_of(day), Count())
        for count in (self.streams[stream], of_day):
            count.add(rows, notes)

    def add_totals(self, planted: Planted) -> None:
        """Sum up what wins of a batch."""
        totals = planted.stream.totals
        rows = planted.latest(self._end) if totals else np.zeros(0, np.int64)
        for name, said in totals.items():
            if "by" in said:
                self._groups[name].update(self._grouped(planted, rows, said))
            else:
                self._sums[name] += self._sum(planted, rows, said)

    def _grouped(self, planted: Planted, rows: Ints, said: Mapping[str, Any]) -> Counter[str]:
        if said["by"] == "day":
            days, sizes = np.unique(planted.written[rows] // DAY, return_counts=True)
            dates = map(self._rhythm.date_of, days.tolist())
            return Counter(dict(zip(dates, sizes.tolist(), strict=True)))
        counts = planted.values(said["by"]).take(pa.array(rows)).value_counts().to_pylist()
        found = Counter({each["values"]: each["counts"] for each in counts})
        found["missing"] = found.pop(None, 0)
        if "of" in said:
            known = {*self._declared.words[said["of"]].entries, "missing"}
            others = [value for value in found if value not in known]
            found["other"] = sum(found.pop(value) for value in others)
        return +found

    @staticmethod
    def _sum(planted: Planted, rows: Ints, said: Mapping[str, Any]) -> int:
        if said.get("count") is True:
            return len(rows)
        if "unless" in said:
            rows = np.setdiff1d(rows, planted.having(*said["unless"]))
        column = said.get("count") or said.get("sum") or said["distinct"]
        values = planted.values(column).take(pa.array(rows))
        if "distinct" in said:
            return len(values.unique())
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
        lowest, highest = said.get("within", (-np.inf, np.inf))
        numbers = numbers[(numbers >= lowest) & (numbers <= highest)]
        if "count" in said:
            return len(numbers)
        return int(np.rint(numbers * said.get("times", 1)).sum())

    def described(self, options: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
        """Ready for JSON; with totals that the source itself counts."""
        groups = {name: dict(sorted(found.items())) for name, found in self._groups.items()}
        return {
            "source": self._declared.source,
            "options": dict(options),
            "streams": {
                name: self.streams[name].described()
                | {
                    "natural_key": list(stream.contract.natural_key),
                    "required": stream.required,
                    "by_delivery_day": {
                        date: count.described() for date, count in self._days[name].items()
                    },
                }
                for name, stream in self._declared.streams.items()
            },
            "totals": {**self._sums, **groups, **further},
        }
