"""Retention as an asset."""

import time
from collections import Counter
from collections.abc import Iterator

import dagster as dg

from orchestration.core.settings import Settings
from orchestration.defs.running import WRITER_POOL, failing_clearly
from orchestration.defs.serving import publication
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.plan import plan

NOTHING_LATE = "nothing_is_past_its_limit"


@dg.asset(
    key=["lifecycle", "retention"],
    group_name="lifecycle",
    deps=[publication],
    check_specs=[dg.AssetCheckSpec(NOTHING_LATE, asset=["lifecycle", "retention"])],
    pool=WRITER_POOL,
)
def retention() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Rows and files moved to a colder tier, anonymised or deleted, as seeds/lifecycle states.

    The check fails if anything that is due is still there, or if that cannot be determined.
    """
    settings = Settings()
    started = time.monotonic()
    try:
        with failing_clearly():
            report = apply(settings)
            # Both share one computation, so a complete `apply` leaves an empty plan.
            late = [step for step in plan(settings) if step.rows]
    except dg.Failure as failure:
        # Whatever the failure left undone is still due, so the check fails with the asset.
        yield dg.AssetCheckResult(
            check_name=NOTHING_LATE, passed=False, description=failure.description
        )
        raise
    rows: Counter[str] = Counter()
    for step in report.steps:
        rows[step.transition] += step.rows
    metadata: dict[str, int | float | str] = {
        "run": report.run_id,
        "seconds": round(time.monotonic() - started, 3),
        "rows": sum(rows.values()),
        **{f"rows {transition}": count for transition, count in sorted(rows.items())},
    }
    if report.bytes_before is not None and report.bytes_after is not None:
        metadata |= {"bytes before": report.bytes_before, "bytes": report.bytes_after}
    yield dg.MaterializeResult(
        metadata=metadata,
        check_results=[
            dg.AssetCheckResult(
                check_name=NOTHING_LATE,
                passed=not late,
                metadata={s.relation: f"{s.rows} rows to be {s.transition}" for s in late},
            )
        ],
    )
