"""The compliance bundle as an asset."""

import time

import dagster as dg

from orchestration.core.settings import Settings
from orchestration.defs.running import WRITER_POOL, delivery_days, failing_clearly, one_run
from orchestration.defs.serving import publication
from orchestration.export.period import DAYS, Asked


@dg.asset(
    key=["exports", "compliance"],
    group_name="exports",
    deps=[publication],
    partitions_def=delivery_days,
    backfill_policy=one_run,
    pool=WRITER_POOL,
)
def compliance() -> dg.MaterializeResult[None]:
    """The signed compliance bundle of the last 30 days; replaces an earlier one of the same days.

    Verify it with `granary verify-export`.
    """
    from orchestration.export.bundle import bundle

    started = time.monotonic()
    with failing_clearly():
        made = bundle(Settings(), Asked(days=DAYS), force=True)
    return dg.MaterializeResult(
        metadata={
            "location": str(made.path),
            "first_day": str(made.first_day),
            "last_day": str(made.last_day),
            "rows": made.rows,
            "bytes": made.size_bytes,
            "sha256": made.sha256,
            "key_fingerprint": made.fingerprint,
            "expires_at": f"{made.expires_at.isoformat()}Z",
            "seconds": round(time.monotonic() - started, 3),
        }
    )
