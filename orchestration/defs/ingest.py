"""Ingestion as assets: one per stream, its records loaded from the landing zone into raw."""

import time
from collections.abc import Iterator

import dagster as dg

from orchestration.core.contracts import Stream, load_contracts
from orchestration.core.settings import Settings
from orchestration.defs.extract import landing_key
from orchestration.defs.running import (
    WRITER_POOL,
    delivery_days,
    failing_clearly,
    last_day,
    one_run,
)
from orchestration.extract.sources import is_configured, is_extracted
from orchestration.ingest.loader import IngestReport, ingest

FILES_CHECK = "every_file_is_loaded"
# Dagster keeps a check's metadata with every run, so a broken delivery must not fill its database.
SHOWN_FAILURES = 20


def stream_assets() -> list[dg.AssetsDefinition]:
    """Return an asset for every stream that has a contract."""
    return [_stream_asset(stream) for stream in load_contracts().values()]


def _stream_asset(stream: Stream) -> dg.AssetsDefinition:
    key = dg.AssetKey(["raw", stream.table])

    @dg.asset(
        key=key,
        group_name="raw",
        description=(
            f"Records of {stream.source}.{stream.name} as they were landed, one row per line. "
            f"Lines that break the contract are kept in raw.rejects."
        ),
        # Extraction lands a database's streams; all other files come from outside Dagster.
        deps=[landing_key(stream.table)] if is_extracted(stream) else [],
        partitions_def=delivery_days,
        backfill_policy=one_run,
        pool=WRITER_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                FILES_CHECK,
                asset=key,
                description="Every landed file was loaded: none is unreadable, changed or of a "
                "wrong type.",
            )
        ],
    )
    def load(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        started = time.monotonic()
        settings = Settings()
        # Extracted files lie under the day of extraction, which may be later than this partition.
        extracted = is_extracted(stream) and is_configured(stream.source, settings)
        until = None if extracted else last_day(context)
        with failing_clearly():
            report = ingest(settings, only=[(stream.source, stream.name)], until=until)
        yield dg.MaterializeResult(
            metadata=_metadata(report, time.monotonic() - started),
            check_results=[_files_check(stream, report)],
        )

    return load


def _metadata(report: IngestReport, seconds: float) -> dict[str, int | float]:
    return {
        "files": report.files,
        "bytes": report.size_bytes,
        "lines": report.lines,
        "rows": report.rows,
        "rejects": report.rejects,
        "seconds": round(seconds, 3),
    }


def _files_check(stream: Stream, report: IngestReport) -> dg.AssetCheckResult:
    """Report files that could not be loaded; only a warning, since the others are loaded."""
    folder = f"{stream.source}/{stream.name}"
    failures = [f for f in report.failures if f"{f.path}/".startswith(f"{folder}/")]
    shown = {f.path: f.reason for f in failures[:SHOWN_FAILURES]}
    return dg.AssetCheckResult(
        check_name=FILES_CHECK,
        passed=not failures,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failed_files": len(failures), "reasons": dg.MetadataValue.json(shown)},
    )
