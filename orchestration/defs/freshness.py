"""Measure how long ago Dagster last materialized the assets it should materialize every day.

A failed run raises an alert at once. A run that never started, a schedule that is switched off and
an asset that was never materialized raise none: only their age gives them away. Dagster's own
freshness state calls such an asset unknown, not late.
"""

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.operations.health.parts import Measured

SHOWN = 3


def age_of_assets(
    instance: dg.DagsterInstance, keys: Collection[dg.AssetKey], now: datetime
) -> Measured:
    """Return the hours since the stalest asset was materialized.

    The value is infinite if any asset was never materialized.

    Args:
        now: the current time, UTC, with or without a zone.
    """
    made = {
        record.asset_entry.asset_key: datetime.fromtimestamp(last.timestamp, UTC)
        for record in instance.get_asset_records(list(keys))
        if (last := record.asset_entry.last_materialization_record) is not None
    }
    never = sorted(key.to_user_string() for key in keys if key not in made)
    if never:
        named = ", ".join(never[:SHOWN]) + (", ..." if len(never) > SHOWN else "")
        return Measured(
            math.inf,
            f"{len(never)} of {len(keys)} assets were never materialized: {named}; is the schedule "
            "daily_at_two on?",
        )
    last_made, key = min((time, key.to_user_string()) for key, time in made.items())
    hours = (now.replace(tzinfo=UTC) - last_made) / timedelta(hours=1)
    return Measured(hours, f"{len(keys)} assets; {key} was materialized {hours:.1f} hours ago")
