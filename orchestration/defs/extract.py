"""Extraction as assets: one per table of an application's database.

Files land under the day the extraction runs, whichever partition is materialized, because a
database only holds its present state.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration.core.contracts import Stream
from orchestration.core.settings import Settings
from orchestration.defs.running import delivery_days, failing_clearly, one_run
from orchestration.extract.sources import DELETIONS, SCHEMA_DRIFT, is_configured, streams_of
from orchestration.sources.declaring import Source
from orchestration.sources.found import databases

CONTRACT_CHECK = "source_keeps_the_contract"
# Extraction does not write to the warehouse, so it waits for other extractions only.
EXTRACT_POOL = "extract"


def landing_key(table: str) -> dg.AssetKey:
    """Return the key of the asset that holds a raw table's landed files."""
    return dg.AssetKey(["landing", table])


def extraction_assets() -> list[dg.AssetsDefinition]:
    """Return the assets of every source database: tables, deletions and schema drift."""
    return [_source_assets(source) for source in databases().values()]


def _source_assets(source: Source) -> dg.AssetsDefinition:
    streams = {landing_key(stream.table): stream for stream in streams_of(source)}
    checked = {
        key: stream
        for key, stream in streams.items()
        if stream.name not in (DELETIONS, SCHEMA_DRIFT)
    }

    @dg.multi_asset(
        name=f"extract_{source.name}",
        group_name="landing",
        specs=[
            dg.AssetSpec(key, description=_description(stream), partitions_def=delivery_days)
            for key, stream in streams.items()
        ],
        check_specs=[
            dg.AssetCheckSpec(
                CONTRACT_CHECK,
                asset=key,
                description="The source's columns can only hold values that the contract allows.",
            )
            for key in checked
        ],
        can_subset=True,
        backfill_policy=one_run,
        pool=EXTRACT_POOL,
    )
    def land(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None]]:
        chosen = {key: streams[key] for key in streams if key in context.selected_asset_keys}
        checked_now = {check.asset_key for check in context.selected_asset_check_keys}
        yield from _extract(source, chosen, checked_now)

    return land


def _description(stream: Stream) -> str:
    if stream.name == DELETIONS:
        return f"Rows of {stream.source} that were landed and have since been hard-deleted there."
    if stream.name == SCHEMA_DRIFT:
        return f"Differences between the tables of {stream.source} and their contracts."
    return f"New and changed rows of {stream.source}.{stream.name}, landed as Parquet files."


def _extract(
    source: Source, streams: dict[dg.AssetKey, Stream], checked: set[dg.AssetKey]
) -> Iterator[dg.MaterializeResult[None]]:
    from orchestration.extract.landed import last_differences
    from orchestration.extract.run import ExtractReport, extract

    settings = Settings()
    tables = [s.name for s in streams.values() if s.name not in (DELETIONS, SCHEMA_DRIFT)]
    report = ExtractReport(source.name)
    extracted = is_configured(source.name, settings)
    if extracted and tables:
        with failing_clearly():
            report = extract(settings, source.name, only=tables)
    reports = {table.table: table for table in report.tables}
    open_differences = list(last_differences(settings.landing, source.name).values())
    for key, stream in streams.items():
        told: dict[str, bool | int | float | str] = {"extracted": extracted}
        if not extracted:
            told["reason"] = f"no source database is configured: {source.variable} is not set"
        if stream.name == DELETIONS:
            told["rows"] = sum(table.tombstones for table in report.tables)
        elif stream.name == SCHEMA_DRIFT:
            told |= {"rows": len(report.drift), "open": len(open_differences)}
        elif stream.name in reports:
            table = reports[stream.name]
            if table.failure is not None:
                # No materialization: the partition shows as missing, and the run fails below.
                continue
            told |= {
                "rows": table.rows,
                "bytes": table.size_bytes,
                "files": table.files,
                "deleted": table.tombstones,
                "seconds": table.seconds,
            }
        checks = []
        if key in checked:
            broken = [
                difference.summary
                for difference in open_differences
                if difference.table_name == stream.name and difference.breaks_contract
            ]
            checks = [
                dg.AssetCheckResult(
                    check_name=CONTRACT_CHECK,
                    asset_key=key,
                    passed=not broken,
                    severity=dg.AssetCheckSeverity.ERROR,
                    metadata={"broken": dg.MetadataValue.json(broken)},
                )
            ]
        yield dg.MaterializeResult(asset_key=key, metadata=told, check_results=checks)
    if report.failures:
        reasons = "; ".join(f"{t.table}: {t.failure}" for t in report.failures)
        raise dg.Failure(f"not extracted: {reasons}", allow_retries=False)
