"""What applications write where an id is not known."""

from __future__ import annotations

from functools import lru_cache

from orchestration.policies.seeds import rows_of


@lru_cache
def placeholder_ids() -> tuple[str, ...]:
    """Return the texts that stand for no id, in lower case."""
    return tuple(row["placeholder"] for row in rows_of("governance/placeholder_ids"))
