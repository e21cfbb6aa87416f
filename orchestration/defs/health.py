"""The warehouse's health score as an asset."""

from collections.abc import Iterator

import dagster as dg

from orchestration.core.settings import Settings
from orchestration.defs.running import WRITER_POOL, failing_clearly
from orchestration.operations.health.score import assess

HEALTHY = "every_part_is_well"


@dg.asset(
    key=["operations", "health"],
    group_name="operations",
    check_specs=[dg.AssetCheckSpec(HEALTHY, asset=["operations", "health"])],
    pool=WRITER_POOL,
)
def health() -> Iterator[dg.MaterializeResult[None]]:
    """The health score, its parts, and what to do about each part that is not well."""
    with failing_clearly():
        found = assess(Settings())
    advice = {part.part: part.advice for part in found.parts if part.advice}
    yield dg.MaterializeResult(
        metadata={
            "score": found.score_percent,
            **{part.part: f"{part.status}: {part.finding}" for part in found.parts},
            "worst streams": [
                f"{of.stream}: {of.score_percent:.1f} % in {of.dimension}"
                for of in found.worst_streams
            ],
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=HEALTHY,
                passed=found.status == "ok",
                severity=dg.AssetCheckSeverity.ERROR
                if found.status == "error"
                else dg.AssetCheckSeverity.WARN,
                metadata=advice,
            )
        ],
    )
