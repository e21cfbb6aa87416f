"""What a person may choose about the sample, and what comes back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from orchestration.core.clock import utc_now
from orchestration.core.errors import GranaryError

SHOWN_DAYS = 60
"""Days of the sample a person meets first: a report of 30 has as many to compare with."""
LONGEST_DELAY_DAYS = 10
"""Nothing is delivered later than this many days after its event day (UTC)."""


def first_day_of(days: int) -> date:
    """First day of a sample that ends yesterday, UTC."""
    return utc_now().date() - timedelta(days=days)


class SampleError(GranaryError):
    """The sample cannot be written as asked; the message says what to do."""


@dataclass(frozen=True)
class SampleOptions:
    """The sample's size and faults. Same options, same bytes.

    Rates are shares of the lines originally written, 0 to 1. A line carries at most one of the
    exclusive faults (all but the two `pii` rates), so those rates together must stay below 1.

    Attributes:
        days: delivery days, one folder each.
        rows_per_day: interactions a day on average. Growth does not look ahead, so the total comes
            within about 8 % of `days * rows_per_day` up to 90 days and 13 % above it in a year.
        seed: another seed, another sample.
        start: the first day (UTC).
        redelivered: delivered a second time unchanged, the same day or up to ten days later.
        corrected: delivered a second time under the same natural key with a changed value.
        late: delivered one to ten days after the event day.
        malformed: truncated JSON, garbage, JSON that is no object, a blank line.
        wrong_type: one field holds a value that no lossless coercion can save.
        missing_required: one required field is absent or null.
        unknown_field: fields the contract does not know; the line stays valid.
        impossible: a value outside its possible range; the line stays valid.
        offset_time: the time is written with a +09:00 offset; the same instant.
        pii: personal data in an interaction's query.
        memory_pii: personal data in a session memory's value.
        lines_per_file: interactions files are cut at about this many lines.
        overwrite: write over an earlier sample of the same files instead of refusing.
    """

    days: int = 30
    rows_per_day: int = 1000
    seed: int = 7
    start: date = date(2026, 1, 1)
    redelivered: float = 0.01
    corrected: float = 0.004
    late: float = 0.006
    malformed: float = 0.003
    wrong_type: float = 0.003
    missing_required: float = 0.003
    unknown_field: float = 0.005
    impossible: float = 0.003
    offset_time: float = 0.003
    pii: float = 0.01
    memory_pii: float = 0.05
    lines_per_file: int = 500_000
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Refuse options no sample can be made of.

        Raises:
            SampleError: the message names the option and its range.
        """
        for name, lowest, highest in (
            ("days", 1, 3660),
            ("rows_per_day", 1, 50_000_000),
            ("seed", 0, 2**63 - 1),
            ("lines_per_file", 100, 1_000_000),
        ):
            if not lowest <= getattr(self, name) <= highest:
                raise SampleError(f"{name} must be between {lowest} and {highest}.")
        rates = {f.name: getattr(self, f.name) for f in fields(self) if f.type == "float"}
        for name, rate in rates.items():
            if not 0 <= rate <= 1:
                raise SampleError(f"{name} is a share and must be between 0 and 1.")
        if sum(rates.values()) - self.pii - self.memory_pii > 1:
            raise SampleError("The fault rates together must not exceed 1 (pii rates aside).")

    def described(self) -> dict[str, Any]:
        """The options that shape the content, ready for JSON."""
        described = asdict(self) | {"start": self.start.isoformat()}
        del described["overwrite"]
        return described


@dataclass(frozen=True)
class SampleResult:
    """What was written, over all streams.

    Attributes:
        landing: the landing zone; the files lie in its folder `assistant`.
        truth: the folder with `assistant.json` and `assistant_faults.jsonl`.
        files: files written to the landing zone.
        lines: lines in them.
        expected_rows: lines that must load.
        expected_rejects: lines that must be rejected.
        interactions: unique interactions among the rows.
        faults: planted faults, as many as `assistant_faults.jsonl` has lines.
    """

    landing: Path
    truth: Path
    files: int
    lines: int
    expected_rows: int
    expected_rejects: int
    interactions: int
    faults: int
