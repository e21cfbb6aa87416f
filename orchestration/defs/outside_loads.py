"""Tell Dagster which delivery days were loaded outside it, for example by `make demo`."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from orchestration.core.settings import Settings
from orchestration.defs.dbt import MANIFEST, TRANSLATOR
from orchestration.defs.ingest import stream_assets
from orchestration.defs.running import delivery_days
from orchestration.defs.serving import publication
from orchestration.ingest.scope import delivery_day
from orchestration.serving.gate import FIT
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Query
from orchestration.warehouse.relations import tables
from orchestration.warehouse.status import read_status

SAID = "Loaded outside Dagster."
LAST_RESULTS = (
    "select unique_id, status from (select unique_id, status, row_number() over ("
    "partition by unique_id order by invocation_number desc) as place from governance.node_results "
    "join governance.invocations using (invocation_id)) as results where place = 1"
)


def report_outside_loads(settings: Settings, instance: dg.DagsterInstance) -> int:
    """Report partitions as materialized that Dagster does not know of; idempotent.

    Returns:
        The number of partitions reported, over all assets.

    Raises:
        WarehouseError: the warehouse cannot be reached, or another process is writing to it.
    """
    is_published = read_status(settings).published_at is not None
    # Do not wait for a writer: a person is waiting for Dagster to start.
    with warehouse_of(settings).reading(wait_seconds=0) as query:
        days, keys = _days(query), list(_built(query))
    if is_published:
        keys += publication.keys
    noted = 0
    for key in keys:
        for day in sorted(days - instance.get_materialized_partitions(key)):
            instance.report_runless_asset_event(
                dg.AssetMaterialization(key, description=SAID, partition=day)
            )
            noted += 1
    return noted


def _days(query: Query) -> set[str]:
    """Return all partitions from the first loaded delivery day to the last."""
    if "raw.load_ledger" not in tables(query):
        return set()
    found = [delivery_day(path) for (path,) in query("select path from raw.load_ledger")]
    loaded = sorted(str(day) for day in found if day)
    return {
        day
        for day in delivery_days.get_partition_keys()
        if loaded and loaded[0] <= day <= loaded[-1]
    }


def _built(query: Query) -> Iterator[dg.AssetKey]:
    """Yield the assets of all streams, and of dbt nodes whose last result was good."""
    for asset in stream_assets():
        yield from asset.keys
    results = query(LAST_RESULTS) if "governance.node_results" in tables(query) else []
    for unique_id, status in results:
        node = MANIFEST["nodes"].get(unique_id)
        if node and node["resource_type"] != "test" and status in FIT:
            yield TRANSLATOR.get_asset_key(node)
