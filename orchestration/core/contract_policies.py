"""Validate a contract's policies: the quality scores it must reach and how long rows are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestration.core.located import Place
from orchestration.core.validation import Fault, is_number, near, unknown

DIMENSIONS = ("completeness", "accuracy", "consistency", "timeliness", "validity", "uniqueness")
SCORES = ("minimum_score", "alert_below")

LIFECYCLE_KEYS = (
    "policy", "age_from", "organization_column", "document_column", "limit_column", "record_class",
)  # fmt: skip
LIMITS = ("hot_days", "warm_days", "cold_days", "delete_days", "anonymise_days")
POLICY_KEYS = ("data_class", "legal_basis", *LIMITS, "honours_organization")
DATA_CLASSES = ("personal", "behavioural", "operational")


def quality(place: Place, meta: Mapping[str, Any], *, required: bool = False) -> Iterator[Fault]:
    """Check the quality scores that a source, or one of its streams, must reach."""
    place = (*place, "quality")
    if "quality" not in meta:
        if required:
            yield place, "quality is missing: state minimum_score and alert_below"
        return
    declared = meta["quality"]
    if not isinstance(declared, dict):
        yield place, "quality must look like {minimum_score: 0.80, alert_below: 0.85}"
        return
    yield from unknown(place, declared, (*SCORES, *DIMENSIONS), "key of quality")
    for name in SCORES:
        if name not in declared:
            yield place, f"quality lacks {name}"
    yield from _scores(place, {name: declared[name] for name in SCORES if name in declared})
    for dimension in DIMENSIONS:
        if dimension in declared:
            within = (*place, dimension)
            if isinstance(declared[dimension], dict):
                yield from unknown(within, declared[dimension], SCORES, "key of a dimension")
                yield from _scores(within, declared[dimension])
            else:
                yield within, f"{dimension} must look like {{alert_below: 0.95}}"


def _scores(place: Place, declared: Mapping[str, Any]) -> Iterator[Fault]:
    for name in SCORES:
        if name in declared and not (is_number(declared[name]) and 0 <= declared[name] <= 1):
            yield (*place, name), f"{name} must be a number from 0 to 1"


def lifecycle(place: Place, meta: Mapping[str, Any]) -> Iterator[Fault]:
    """Check the lifecycle of a stream: its policy, and the columns that policy needs."""
    place, declared = (*place, "lifecycle"), meta.get("lifecycle")
    if not isinstance(declared, dict) or "policy" not in declared:
        yield place, "lifecycle must name a policy, such as {policy: silver}"
    if not isinstance(declared, dict):
        return
    yield from unknown(place, declared, LIFECYCLE_KEYS, "key of lifecycle")
    for name in LIFECYCLE_KEYS:
        if name in declared and not (isinstance(declared[name], str) and declared[name]):
            yield (*place, name), f"{name} must be text"


def policies(place: Place, declared: Any) -> Iterator[Fault]:
    """Check the lifecycle policies that a source defines for itself."""
    if not isinstance(declared, dict) or not all(isinstance(p, dict) for p in declared.values()):
        yield place, "lifecycle_policies must map names to policies"
        return
    for name, policy in declared.items():
        within = (*place, name)
        yield from unknown(within, policy, POLICY_KEYS, "key of a policy")
        if policy.get("data_class") not in DATA_CLASSES:
            problem = f"policy {name}: data_class must be one of {', '.join(DATA_CLASSES)}"
            yield (*within, "data_class"), problem + near(policy.get("data_class"), DATA_CLASSES)
        for limit in LIMITS:
            days = policy.get(limit, 1)
            if not isinstance(days, int) or isinstance(days, bool) or days < 1:
                yield (*within, limit), f"policy {name}: {limit} must be a number of days"
        for key, kind, form in (
            ("legal_basis", str, "text"),
            ("honours_organization", bool, "true or false"),
        ):
            if not isinstance(policy.get(key, kind()), kind):
                yield (*within, key), f"policy {name}: {key} must be {form}"
