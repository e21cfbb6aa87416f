"""The SQL that says where each row is due: the one computation that plan and apply share.

What decides when a row is destroyed, and in which order, is told in models/docs/lifecycle.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    identity = "".join(f"{name}, " for name in rows.identity)
    joined_identity = "".join(f"a.{name}, " for name in rows.identity)
    own_identity = "".join(f"r.{name}, " for name in rows.identity)
    day = rows.day or f"cast({ruled.age_from} as date)"
    said = ", ".join(f"r.{name}" for name in SAYINGS) if rows.is_listed else sayings(ruled)
    return f"""
        select *, case when due = 'deleted' then decided_by else 'policy' end as reason
        from (
            select {identity}lifecycle_day, is_held, delete_on, decided_by,
                {_due(ruled, rows.tier, as_of, "is_held")} as due,
                {_due(ruled, rows.tier, as_of, "false")} as wanted
            from (
                select {identity}lifecycle_day, is_held,
                    nullif({_ends_on()}, {NEVER}) as delete_on,
                    {_decided_by()} as decided_by
                from (
                    select {joined_identity}a.lifecycle_day, {_limits(ruled)}
                    from (
                        select {own_identity}{day} as lifecycle_day, {said}
                        from {rows.source} as r
                    ) as a {_joins(ruled, rows.prefix)}
                ) as limited
            ) as decided
        ) as q"""


def _decided_by() -> str:
    return (
        "case when own_on is not null then 'own limit' "
        "when law_on > coalesce(organization_on, policy_on) then 'law' "
        "when organization_on is not null then 'organization' else 'policy' end"
    )


def _ends_on() -> str:
    # Nulls count for nothing in greatest(), on both engines.
    return (
        "case when own_on is not null then own_on "
        "when coalesce(organization_on, policy_on) is not null "
        "then greatest(law_on, coalesce(organization_on, policy_on)) end"
    )


def _limits(ruled: Ruled) -> str:
    """The day on which each limit ends, null for one that is not stated."""
    policy = ruled.policy
    own = "coalesce({}, d.own_limit_on)" if _follows_document(ruled) else "{}"
    organization = _after("l.data_retention_days") if _asks_organization(ruled) else "null"
    return ", ".join(
        [
            f"{'h.document_id is not null' if ruled.document_column else 'false'} as is_held",
            f"{own.format(_after('a.own_limit_days'))} as own_on",
            f"cast({_days_after(ruled.minimum_days)} as date) as law_on",
            f"cast({organization} as date) as organization_on",
            f"cast({_days_after(policy.retention_days)} as date) as policy_on",
        ]
    )


def _joins(ruled: Ruled, prefix: str) -> str:
    joins: list[str] = []
    organization = "a.organization_id"
    if ruled.document_column:
        for alias, relation in (("h", "legal_holds"), ("d", "document_limits")):
            joins.append(
                f"left join {prefix}governance.{relation} as {alias}"
                f" on cast({alias}.document_id as varchar) = a.document_id"
            )
        if not ruled.organization_column:
            organization = "cast(d.organization_id as varchar)"
    if _asks_organization(ruled):
        joins.append(
            f"left join {prefix}governance.retention_limits as l"
            f" on cast(l.organization_id as varchar) = {organization}"
        )
    return " ".join(joins)


def _follows_document(ruled: Ruled) -> bool:
    """Whether rows are parts of a document; those that state days themselves speak of it only."""
    return bool(ruled.document_column) and not ruled.limit_column


def _asks_organization(ruled: Ruled) -> bool:
    named = ruled.organization_column or ruled.document_column
    return ruled.policy.honours_organization and bool(named)


def _after(days: str) -> str:
    """SQL for the day that is `days` after a row's; null where they are no number of days."""
    return (
        f"case when {days} > {LONGEST_DAYS} then {NEVER} "
        f"when {days} > 0 then a.lifecycle_day + cast(least({days}, {LONGEST_DAYS}) as integer) end"
    )


def _days_after(days: int | None) -> str:
    return "null" if days is None else f"a.lifecycle_day + {days}"


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
