"""The published copy of the marts as an asset."""

import time
from collections.abc import Iterator

import dagster as dg

from orchestration.core.settings import Settings
from orchestration.defs.dbt import MANIFEST, TRANSLATOR
from orchestration.defs.running import WRITER_POOL, delivery_days, failing_clearly, one_run
from orchestration.serving.publish import publish

MARTS = [
    TRANSLATOR.get_asset_key(node)
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] == "model" and node["fqn"][1] == "marts"
]
NOTHING_HELD_BACK = "nothing_is_held_back"
PUBLICATION = dg.AssetKey(["serving", "publication"])


@dg.asset(
    key=PUBLICATION,
    group_name="serving",
    deps=MARTS,
    partitions_def=delivery_days,
    backfill_policy=one_run,
    pool=WRITER_POOL,
    check_specs=[
        dg.AssetCheckSpec(
            NOTHING_HELD_BACK,
            asset=PUBLICATION,
            description="No view built by a reader prevents a serving table from being replaced.",
        )
    ],
)
def publication() -> Iterator[dg.MaterializeResult[None]]:
    """The version of the marts that readers see; fails if the quality gate refuses to publish."""
    settings = Settings()
    started = time.monotonic()
    with failing_clearly():
        published = publish(settings)
    metadata: dict[str, int | float | str] = {
        "location": published.location,
        "marts": published.relations,
        "rows": published.rows,
        "seconds": round(time.monotonic() - started, 3),
    }
    if published.size_bytes is not None:
        metadata["bytes"] = published.size_bytes
    held_back = dg.AssetCheckResult(
        check_name=NOTHING_HELD_BACK,
        passed=not published.held_back,
        metadata={"what to do": "\n".join(published.held_back)},
    )
    yield dg.MaterializeResult(metadata=metadata, check_results=[held_back])
