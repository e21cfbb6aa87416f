"""Validate a file of events, JSON lines, against a plan before anything is deployed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from orchestration.core.errors import WrongRequest
from orchestration.plan.judge import Finding, judge, plain_name
from orchestration.plan.model import Plan


@dataclass(frozen=True)
class Issue:
    """What is wrong with events of one type, in one property."""

    event_name: str
    location: str
    property_name: str
    kind: str
    severity: str
    expected: str
    event_count: int
    first_line: int


@dataclass(frozen=True)
class Validation:
    """What a file of events shows; `unseen` are planned events that it has none of."""

    events: int
    faulty_events: int
    errors: int
    warnings: int
    unreadable_lines: list[int]
    unseen: list[str]
    issues: list[Issue]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong but what is a warning."""
        return not self.errors and not self.unreadable_lines


def validate(plan: Plan, path: Path) -> Validation:
    """Validate the events of a file.

    Args:
        plan: what they are judged by.
        path: JSON lines, `.gz` if compressed by gzip.

    Raises:
        WrongRequest: the file is not UTF-8, or not what its suffix says.
    """
    counts: Counter[tuple[str, Finding]] = Counter()
    first: dict[tuple[str, Finding], int] = {}
    unreadable, seen = [], set()
    events = faulty = 0
    for line, event in _events(path):
        if event is None:
            unreadable.append(line)
            continue
        events += 1
        name = str(event.get("event_type"))
        seen.add(name)
        found = judge(plan, event)
        faulty += any(finding.severity == "error" for finding in found)
        for finding in found:
            key = (name if name in plan.by_name else plain_name(name), finding)
            counts[key] += 1
            first.setdefault(key, line)
    issues = [
        Issue(
            name,
            finding.location,
            finding.property_name,
            finding.kind,
            finding.severity,
            finding.expected,
            count,
            first[name, finding],
        )
        for (name, finding), count in sorted(counts.items())
    ]
    return Validation(
        events,
        faulty,
        sum(issue.event_count for issue in issues if issue.severity == "error"),
        sum(issue.event_count for issue in issues if issue.severity == "warning"),
        unreadable,
        [name for name in plan.by_name if name not in seen],
        issues,
    )


def first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose repeated keys count by their first value."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _events(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Every line that is not blank, with its number; None where it holds no event."""
    try:
        with _opened(path) as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    yield line, _event(text)
    except (UnicodeDecodeError, gzip.BadGzipFile, zlib.error, EOFError):
        compressed = ", compressed by gzip" if path.suffix == ".gz" else ""
        raise WrongRequest(f"{path} is not JSON lines in UTF-8{compressed}") from None


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return open(path, encoding="utf-8")


def _no_json(word: str) -> None:
    """Refuse what Python reads and JSON does not know."""
    raise ValueError(word)


def _event(text: str) -> dict[str, Any] | None:
    try:
        event = json.loads(text, object_pairs_hook=first_of_each, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and event.get("event_type") else None
