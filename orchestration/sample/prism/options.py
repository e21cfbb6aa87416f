"""What a person may choose about the platform's sample, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.sample.options import SampleError

FAULTS: Mapping[str, float] = {
    # Any stream.
    "missing_required": 0.003,
    "late": 0.006,
    "redelivered": 0.01,
    "out_of_order": 0.004,
    "corrected": 0.004,
    "impossible": 0.003,
    "pii": 0.02,
    # Documents.
    "filename_missing": 0.002,
    "filename_pattern": 0.004,
    "file_size_range": 0.003,
    "mime_type_unknown": 0.003,
    "file_hash_duplicate": 0.003,
    "uploader_of_other_organization": 0.002,
    "uploaded_by_missing": 0.002,
    "organization_missing": 0.002,
    # Sections.
    "section_order_duplicate": 0.003,
    # Analysis results.
    "document_missing": 0.002,
    "model_missing": 0.002,
    "feedback_items_missing": 0.002,
    "feedback_items_not_array": 0.002,
    "risk_unknown": 0.002,
    "completed_late": 0.002,
    # Feedback.
    "user_missing": 0.004,
    "user_unknown": 0.004,
    "feedback_type_missing": 0.004,
    "action_missing": 0.004,
    "action_unknown": 0.004,
    "text_too_long": 0.002,
    "analysis_unknown": 0.004,
}
"""The share of rows that each fault befalls where nothing else is asked for.

Shares of the rows (of documents and feedback: of the entities) that can have the fault. `pii` may
come on top of another fault; of the others a row carries at most one.
"""

NO_FAULTS: Mapping[str, float] = dict.fromkeys(FAULTS, 0.0)
"""For a sample without any fault."""

_MOST_PARTS = 2_000
_DELIVERY = ("late", "redelivered", "out_of_order", "corrected", "missing_required")
APPLICATION_FAULTS: Mapping[str, tuple[str, ...]] = {
    "documents": (
        "filename_missing", "filename_pattern", "file_size_range", "mime_type_unknown",
        "file_hash_duplicate", "uploader_of_other_organization", "uploaded_by_missing",
        "organization_missing", "impossible",
    ),
    "document_sections": ("section_order_duplicate", "impossible"),
    "analysis_results": (
        "document_missing", "model_missing", "feedback_items_missing", "feedback_items_not_array",
        "risk_unknown", "completed_late", "impossible",
    ),
    "user_feedback": (
        "user_missing", "user_unknown", "feedback_type_missing", "action_missing",
        "action_unknown", "text_too_long", "analysis_unknown", "impossible",
    ),
}  # fmt: skip
"""Faults by stream that the application itself makes, of which an entity has at most one."""


@dataclass(frozen=True)
class PrismOptions:
    """The sample's size, changes and faults. Same options, same bytes.

    Rates of change are expected numbers a day for each entity, at average traffic.

    Attributes:
        days: delivery days, two extractions each.
        analyses_per_day: analyses a day on average; growth does not look ahead, see SampleOptions.
        users: accounts at the start; default a third of `analyses_per_day`, at least 20.
        organizations: organizations at the start; default a twelfth of the users, at least 4.
        seed: another seed, another sample.
        start: the first day (UTC).
        user_changes_per_day: versions of an account in use a day, sign-ins included; an extraction
            sees the last of each half day only.
        user_departures_per_day: accounts in use that are deleted, softly or for good.
        user_returns_per_day: deleted accounts that come back under their id.
        user_joins_per_day: new accounts, as a share of those there are.
        organization_changes_per_day: versions of an organization a day.
        organization_joins_per_day: new organizations, as a share of those there are.
        faults: shares of faults by name where they are to differ from `FAULTS`.
        analyses_per_part: files are cut at about this many analyses.
        overwrite: write over an earlier sample of the same files instead of refusing.
    """

    days: int = 30
    analyses_per_day: int = 300
    users: int | None = None
    organizations: int | None = None
    seed: int = 7
    start: date = date(2026, 1, 1)
    user_changes_per_day: float = 1.0
    user_departures_per_day: float = 0.004
    user_returns_per_day: float = 0.03
    user_joins_per_day: float = 0.004
    organization_changes_per_day: float = 0.03
    organization_joins_per_day: float = 0.004
    faults: Mapping[str, float] = field(default_factory=dict)
    analyses_per_part: int = 60_000
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Refuse options no sample can be made of.

        Raises:
            SampleError: the message names the option and its range.
        """
        for name, lowest, highest in (
            ("days", 1, 3660),
            ("analyses_per_day", 1, 50_000_000),
            ("seed", 0, 2**63 - 1),
            ("initial_users", 1, 10_000_000),
            ("initial_organizations", 1, 1_000_000),
            ("analyses_per_part", 10, 250_000),
        ):
            if not lowest <= getattr(self, name) <= highest:
                raise SampleError(f"{name} must be between {lowest} and {highest}.")
        if self.analyses_per_day > _MOST_PARTS * self.analyses_per_part:
            least = -(-self.analyses_per_day // _MOST_PARTS)
            raise SampleError(f"analyses_per_part must be at least {least} for so many analyses.")
        for rate in (f.name for f in fields(self) if f.name.endswith("_per_day")):
            if rate != "analyses_per_day" and not 0 <= getattr(self, rate) <= 20:
                raise SampleError(f"{rate} must be between 0 and 20.")
        unknown = sorted(self.faults.keys() - FAULTS.keys())
        if unknown:
            raise SampleError(f"there is no fault named {', '.join(unknown)}.")
        for name, share in self.faults.items():
            if not 0 <= share <= 1:
                raise SampleError(f"{name} is a share and must be between 0 and 1.")
        for names in (_DELIVERY, *APPLICATION_FAULTS.values()):
            if sum(self.rate(name) for name in names) > 1:
                raise SampleError(f"The shares of {', '.join(names)} must not exceed 1 together.")

    @property
    def initial_users(self) -> int:
        """Accounts at the start."""
        return max(20, self.analyses_per_day // 3) if self.users is None else self.users

    @property
    def initial_organizations(self) -> int:
        """Organizations at the start."""
        if self.organizations is None:
            return max(4, self.initial_users // 12)
        return self.organizations

    def rate(self, fault: str) -> float:
        """The share of a fault."""
        return self.faults.get(fault, FAULTS[fault])

    def described(self) -> dict[str, Any]:
        """The options that shape the content, ready for JSON."""
        described = asdict(self) | {
            "start": self.start.isoformat(),
            "users": self.initial_users,
            "organizations": self.initial_organizations,
            "faults": {name: self.rate(name) for name in FAULTS},
        }
        del described["overwrite"]
        return described


@dataclass(frozen=True)
class PrismResult:
    """What was written, over all streams.

    Attributes:
        landing: the landing zone; the files lie in its folder `prism`.
        truth: the folder with `prism.json` and `prism_faults.jsonl`.
        files: files written to the landing zone.
        lines: rows in them.
        expected_rows: rows that must load.
        expected_rejects: rows that must be rejected.
        analyses: distinct analyses among the rows.
        faults: planted faults, as many as `prism_faults.jsonl` has lines.
    """

    landing: Path
    truth: Path
    files: int
    lines: int
    expected_rows: int
    expected_rejects: int
    analyses: int
    faults: int
