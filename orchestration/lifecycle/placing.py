"""The SQL that says where each row is due: the one computation that plan and apply share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.lifecycle.policies import TIERS, Ruled, Tier, day_before

# Tiers that a legal hold keeps rows out of.
HIDING: tuple[Tier, ...] = ("cold", "archive")


@dataclass(frozen=True)
class Rows:
    """Rows of a relation somewhere: its own table, or files of the tier store.

    Attributes:
        source: SQL that stands in FROM.
        tier: the tier they are in; they never go back to one before.
        identity: columns that tell them apart while nothing changes.
        day: SQL for the day a row's age counts from, where it is not the policy's expression.
        prefix: stands before the schemas of what is joined, such as `warehouse.`.
    """

    source: str
    tier: Tier
    identity: tuple[str, ...]
    day: str = ""
    prefix: str = ""


def placed(ruled: Ruled, rows: Rows, as_of: date) -> str:
    """A query that says for each row where it is due on a day.

    Returns:
        SQL for both engines: the identity, then `lifecycle_day`, `is_held` (by a legal hold),
        `delete_on` (null for never), `due`, one of hot, warm, cold, archive and deleted, and
        `wanted`: where it would be due but for the hold.
    """
    identity = "".join(f"{name}, " for name in rows.identity)
    needed = {*rows.identity, ruled.organization_column, ruled.document_column} - {""}
    day = rows.day or f"cast({ruled.age_from} as date)"
    joins: list[str] = []
    is_held = _held(ruled, rows, joins)
    limit = _limit(ruled, rows, joins)
    return f"""
        select {identity}lifecycle_day, is_held, delete_on,
            {_due(ruled, rows.tier, as_of, "is_held")} as due,
            {_due(ruled, rows.tier, as_of, "false")} as wanted
        from (
            select *, lifecycle_day + lifecycle_limit as delete_on
            from (
                select {"".join(f"a.{name}, " for name in rows.identity)}a.lifecycle_day,
                    {is_held} as is_held, cast({limit} as integer) as lifecycle_limit
                from (
                    select {"".join(f"r.{name}, " for name in sorted(needed))}
                        {day} as lifecycle_day
                    from {rows.source} as r
                ) as a {" ".join(joins)}
            ) as aged
        ) as limited"""


def _held(ruled: Ruled, rows: Rows, joins: list[str]) -> str:
    if not ruled.document_column:
        return "false"
    joins.append(
        f"left join {rows.prefix}governance.legal_holds as h on cast(h.document_id as varchar)"
        f" = cast(a.{ruled.document_column} as varchar)"
    )
    return "h.document_id is not null"


def _limit(ruled: Ruled, rows: Rows, joins: list[str]) -> str:
    """SQL for the days after which a row is destroyed."""
    policy = ruled.policy
    if policy.retention_days is None:
        return "null"
    organization = f"a.{ruled.organization_column}"
    if not policy.honours_organization or not (ruled.organization_column or ruled.document_column):
        return str(policy.retention_days)
    if not ruled.organization_column:
        organization = "d.organization_id"
        joins.append(
            f"left join {rows.prefix}core.dim_documents as d on cast(d.document_id as varchar)"
            f" = cast(a.{ruled.document_column} as varchar)"
        )
    joins.append(
        f"left join {rows.prefix}governance.retention_limits as l"
        f" on l.organization_id = {organization}"
    )
    if policy.delete_days is None:
        return f"coalesce(l.data_retention_days, {policy.retention_days})"
    # Nulls count for nothing in least(), on both engines.
    return f"least(l.data_retention_days, {policy.delete_days})"


def _due(ruled: Ruled, tier: Tier, as_of: date, is_held: str) -> str:
    cases = [f"when not {is_held} and delete_on <= date '{as_of}' then 'deleted'"]
    for entered, age in reversed(ruled.policy.entries):
        if TIERS.index(entered) <= TIERS.index(tier):
            break
        free = f"not {is_held} and " if entered in HIDING else ""
        cases.append(
            f"when {free}lifecycle_day <= date '{day_before(as_of, age)}' then '{entered}'"
        )
    return f"case {' '.join(cases)} else '{tier}' end"
