"""The SQL that says where each row is due: the one computation that plan and apply share.

What decides when a row is destroyed, and in which order, is told in models/docs/lifecycle.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.core.sql_file import filled_in
from orchestration.policies.lifecycle import TIERS, Ruled, Tier, day_before

# Tiers that a legal hold keeps rows out of.
HIDING: tuple[Tier, ...] = ("cold", "archive")
# A limit of more days is none: nobody plans further.
LONGEST_DAYS = 36525
NEVER = "date '9999-12-31'"
# What a row says that its end depends on, beside the day its age counts from.
SAYINGS = {
    "document_id": "varchar",
    "organization_id": "varchar",
    "own_limit_days": "bigint",
}
# The landed file a raw row came from.
FILE_ID = "_file_id"


@dataclass(frozen=True)
class Rows:
    """Rows of a relation somewhere: its own table, or files of the tier store.

    Attributes:
        source: SQL that stands in FROM.
        tier: the tier they are in; they never go back to one before.
        identity: columns that tell them apart while nothing changes.
        day: SQL for the day a row's age counts from, where it is not the policy's expression.
        prefix: stands before the schemas of what is joined, such as `warehouse.`.
        is_listed: whether the source has the columns of SAYINGS rather than the relation's own.
    """

    source: str
    tier: Tier
    identity: tuple[str, ...]
    day: str = ""
    prefix: str = ""
    is_listed: bool = False


def sayings(ruled: Ruled) -> str:
    """A select list over the relation (alias r): the columns of SAYINGS, null where it has none."""
    said = (ruled.document_column, ruled.organization_column, ruled.limit_column)
    return ", ".join(
        f"cast({expression or 'null'} as {data_type}) as {name}"
        for expression, (name, data_type) in zip(said, SAYINGS.items(), strict=True)
    )


def placed(ruled: Ruled, rows: Rows, as_of: date) -> str:
    """A query that says for each row where it is due on a day.

    Returns:
        SQL for both engines: the identity, then `lifecycle_day`, `is_held` (by a legal hold),
        `delete_on` (null for never), `decided_by` (what limits its stay: own limit, law,
        organization or policy), `due`, one of hot, warm, cold, archive and deleted, `wanted`:
        where it would be due but for the hold, and `reason`: what asks for `due`.
    """
    own = [f"r.{name}" for name in SAYINGS]
    return filled_in(
        "lifecycle/placing.sql",
        identity=rows.identity,
        source=rows.source,
        tier=rows.tier,
        prefix=rows.prefix,
        lifecycle_day=rows.day or f"cast({ruled.age_from} as date)",
        sayings=", ".join(own) if rows.is_listed else sayings(ruled),
        has_document=bool(ruled.document_column),
        has_organization=bool(ruled.organization_column),
        follows_document=_follows_document(ruled),
        asks_organization=_asks_organization(ruled),
        law_days=ruled.minimum_days,
        policy_days=ruled.policy.retention_days,
        later_tiers=_later_tiers(ruled, rows.tier, as_of),
        as_of=as_of,
        longest_days=LONGEST_DAYS,
        never=NEVER,
    )


def _follows_document(ruled: Ruled) -> bool:
    """Whether rows are parts of a document; those that state days themselves speak of it only."""
    return bool(ruled.document_column) and not ruled.limit_column


def _asks_organization(ruled: Ruled) -> bool:
    named = ruled.organization_column or ruled.document_column
    return ruled.policy.honours_organization and bool(named)


def _later_tiers(ruled: Ruled, tier: Tier, as_of: date) -> list[dict[str, object]]:
    """Tiers behind the one that rows are in, the last first, and until which day rows enter."""
    return [
        {"name": entered, "is_hiding": entered in HIDING, "until": day_before(as_of, age)}
        for entered, age in reversed(ruled.policy.entries)
        if TIERS.index(entered) > TIERS.index(tier)
    ]
