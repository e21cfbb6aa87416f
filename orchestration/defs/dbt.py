"""The dbt project as assets, its tests as asset checks."""

import contextlib
import importlib.metadata
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

from orchestration.core.contracts import load_contracts
from orchestration.core.settings import PROJECT_DIR, Settings
from orchestration.dbt.lineage import fit_lineage
from orchestration.dbt.manifest import graph_manifest
from orchestration.dbt.row_counts import row_counts
from orchestration.dbt.run import (
    NO_UNIT_TESTS,
    dbt_environment,
    lowest_score,
    planned,
    read_outcome,
)
from orchestration.defs.running import WRITER_POOL, delivery_days, failing_clearly, one_run
from orchestration.warehouse.lock import exclusive
from orchestration.warehouse.stages import stage

Node = Mapping[str, Any]
Event = (
    dg.Output[Any]
    | dg.AssetMaterialization
    | dg.AssetObservation
    | dg.AssetCheckResult
    | dg.AssetCheckEvaluation
)


# The build of two o'clock has until four; a day without one is a failure.
DAILY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=50), warn_window=timedelta(hours=26)
)


class Translator(DagsterDbtTranslator):
    """Sources carry the keys of the assets that load them; groups are the folders."""

    def get_asset_key(self, dbt_resource_props: Node) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["identifier"]])
        if dbt_resource_props["resource_type"] in ("model", "seed", "snapshot"):
            # A mart's schema is its folder's name, which its config need not repeat.
            return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])
        return super().get_asset_key(dbt_resource_props)

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Marts are built every day: one that was not turns yellow, then red."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id, {"fqn": ["", ""]})
        return dg.apply_freshness_policy(spec, DAILY) if node["fqn"][1] == "marts" else spec

    def get_group_name(self, dbt_resource_props: Node) -> str:
        if dbt_resource_props["resource_type"] == "source":
            return str(dbt_resource_props["schema"])
        if dbt_resource_props["resource_type"] != "model":
            return f"{dbt_resource_props['resource_type']}s"
        return "_".join(dbt_resource_props["fqn"][1:-1])


class Dbt(DbtCliResource):
    """dbt's command line, without a second dbt in this process.

    dagster-dbt would start dbt once more for its version and load an adapter here for row counts.
    The version is that of the installed package; `row_counts` counts.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(importlib.metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


class BuildConfig(dg.Config):
    """What a person may choose when launching a build."""

    full_refresh: bool = False
    """Build every model from all rows, as after a change of its columns."""


MANIFEST = fit_lineage(graph_manifest(), load_contracts())
TRANSLATOR = Translator()


@dbt_assets(
    manifest=MANIFEST,
    name="dbt_models",
    dagster_dbt_translator=TRANSLATOR,
    partitions_def=delivery_days,
    backfill_policy=one_run,
    pool=WRITER_POOL,
)
def dbt_models(context: dg.AssetExecutionContext, config: BuildConfig) -> Iterator[Event]:
    """Build and test the selected models from everything that is loaded, changed or not.

    What Dagster shows of an asset is what dbt says of it, and of what is not run dbt says nothing.
    """
    settings = Settings()
    arguments = ["build", *NO_UNIT_TESTS, "--log-path", str(settings.root / "logs")]
    if config.full_refresh:
        arguments.append("--full-refresh")
    with failing_clearly():
        build = planned(settings, settings.read_key()).whole()
        environment = dbt_environment(settings) | build.environment()
        # Every event waits for dbt to end: until then nobody else may open a DuckDB file to count.
        with stage(settings, "build") as noted:
            with exclusive(settings), _environment(environment):
                (settings.target_path / "run_results.json").unlink(missing_ok=True)
                invocation = _dbt(settings).cli(
                    arguments,
                    context=context,
                    target_path=settings.target_path,
                    raise_on_error=False,
                )
                events: list[Event] = list(invocation.stream())
            counts = row_counts(settings, _tables(events))
            for event in events:
                yield _counted(event, counts)
            read_outcome(settings, invocation.process.returncode)
            noted.quality_score = lowest_score(settings)


def _dbt(settings: Settings) -> Dbt:
    return Dbt(
        project_dir=str(PROJECT_DIR),
        profiles_dir=str(PROJECT_DIR),
        target=settings.target,
        dbt_executable=str(Path(sys.executable).with_name("dbt")),
    )


def _tables(events: list[Event]) -> list[tuple[str, str]]:
    """Tables among what was built."""
    return [
        (node["schema"], node["alias"])
        for node in map(_built, events)
        if node and node["config"]["materialized"] not in ("view", "ephemeral")
    ]


def _built(event: Event) -> Node | None:
    """The node an event says was built."""
    if not isinstance(event, dg.Output):
        return None
    node: Node = MANIFEST["nodes"][event.metadata["unique_id"].value]
    return node


def _counted(event: Event, counts: Mapping[tuple[str, str], int]) -> Event:
    node = _built(event)
    if node is None or (node["schema"], node["alias"]) not in counts:
        return event
    assert isinstance(event, dg.Output)
    rows = counts[node["schema"], node["alias"]]
    return event.with_metadata({**event.metadata, "dagster/row_count": rows})


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """dagster-dbt hands this process's environment to dbt."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
