"""Query metrics over the published marts: MetricFlow writes the SQL, the published copy answers it.

dbt itself depends on MetricFlow's engine, so no package is added. MetricFlow's own client, `mf`, is
not used: it reads the build file, which a dbt run may have locked, and needs the pseudonymisation
key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import psycopg
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantics.errors.error_classes import InformativeUserError
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from orchestration.core.errors import PublishRefused, WarehouseError, without_values
from orchestration.core.settings import Settings
from orchestration.dbt.artifacts import SEMANTIC_MANIFEST, artifact
from orchestration.serving.filters import MetricError, checked_name, rebuilt
from orchestration.serving.gate import NOTHING_BUILT
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Answer

RENDERERS = {
    "duckdb": (SqlEngine.DUCKDB, DuckDbSqlPlanRenderer()),
    "postgres": (SqlEngine.POSTGRES, PostgresSQLSqlPlanRenderer()),
}
# What the engines raise when a value cannot be compared with a column.
UNFIT = (duckdb.DataError, psycopg.DataError, psycopg.errors.UndefinedFunction)


@dataclass(frozen=True)
class MetricQuery:
    """What to measure: metrics, dimensions to group by, conditions and days.

    `since` and `until` are UTC days, both inclusive.
    """

    metrics: Sequence[str]
    by: Sequence[str] = ()
    where: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise MetricError(
                f"--since {self.since:%Y-%m-%d} lies after --until {self.until:%Y-%m-%d}"
            )


@dataclass(frozen=True)
class Metric:
    """A metric, and the dimensions it can be grouped by under MetricFlow's names."""

    name: str
    description: str
    dimensions: list[str]


class Metrics:
    """The metrics of the last build."""

    def __init__(self, settings: Settings, schema_prefix: str = "") -> None:
        """Read the metrics from dbt's artifacts.

        Args:
            settings: which engine will answer.
            schema_prefix: prepended to every schema, because readers see marts in other schemas.

        Raises:
            PublishRefused: nothing has been built yet.
        """
        found = artifact(settings, SEMANTIC_MANIFEST)
        if found is None:
            raise PublishRefused(NOTHING_BUILT)
        manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(found))
        # The manifest names the build's schemas; point MetricFlow at the published ones.
        for placed in (*manifest.semantic_models, *manifest.project_configuration.time_spines):
            relation = placed.node_relation
            schema = schema_prefix + relation.schema_name
            relation.relation_name = f'"{relation.database}"."{schema}"."{relation.alias}"'
        self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), _Dialect(settings.target))

    def sql(self, query: MetricQuery) -> str:
        """Return the SQL statement that answers a query.

        Raises:
            MetricError: MetricFlow cannot resolve the query; the message suggests what it could.
        """
        request = MetricFlowQueryRequest.create(
            metric_names=list(map(checked_name, query.metrics)),
            group_by_names=(by := list(map(checked_name, query.by))),
            order_by_names=by,
            where_constraints=list(map(rebuilt, query.where)),
            time_constraint_start=query.since,
            time_constraint_end=query.until,
        )
        try:
            explained = self._engine.explain(request)
        except InformativeUserError as error:
            raise MetricError(_reason(str(error))) from None
        return str(explained.sql_statement.without_descriptions.sql)

    def all(self) -> list[Metric]:
        """Return every metric and its dimensions."""
        return [
            Metric(
                metric.name,
                metric.description or "",
                sorted(d.granularity_free_dunder_name for d in metric.dimensions),
            )
            for metric in self._engine.list_metrics()
        ]


class _Dialect:
    """What MetricFlow needs to know about an engine that it does not query itself."""

    def __init__(self, engine: str) -> None:
        self.sql_engine_type, self.sql_plan_renderer = RENDERERS[engine]


def answer(settings: Settings, query: MetricQuery) -> Answer:
    """Answer a query from the published marts.

    Raises:
        MetricError: MetricFlow cannot resolve the query, or a condition does not fit its column.
        NothingPublished: nothing is published yet.
        WarehouseError: the warehouse cannot be reached, or cannot answer.
    """
    try:
        with warehouse_of(settings).published() as copy:
            return _answer(copy.ask(Metrics(settings, copy.schema_prefix).sql(query)))
    except UNFIT as error:
        if query.where:
            raise MetricError(
                "not a condition: it compares a column with a value of another type"
            ) from None
        raise WarehouseError(f"the marts cannot answer: {without_values(error)}") from None
    except (duckdb.Error, psycopg.Error) as error:
        raise WarehouseError(f"the marts cannot answer: {without_values(error)}") from None


def _answer(found: Answer) -> Answer:
    """Turn timestamps into dates: engines return midnight for a day, the finest grain there is."""
    days = [tuple(v.date() if isinstance(v, datetime) else v for v in row) for row in found.rows]
    return Answer(found.columns, days)


def _reason(message: str) -> str:
    """Return the first of MetricFlow's errors, which it spreads over many lines, as one line."""
    first = message.split("Error #2:", maxsplit=1)[0]
    named = re.search(r"Query Input:\s+(\S.*)", first)
    listed = re.search(r"Suggestions:\s+\[(.*?)\]", first, re.DOTALL)
    raised = re.findall(r"(?m)^\s*[\w.]+(?:Error|Exception): (.+)", first)
    if named and listed:
        near = ", ".join(re.findall(r"'([^']+)'", listed[1]))
        name = "what a condition names" if named[1].startswith("WhereFilter") else named[1]
        return f"not found: {name}; near it: {near} (all: granary metrics --json)"
    # For a condition that it cannot parse, MetricFlow prints a traceback: show only its message.
    return f"not a condition: {raised[0]}" if raised else " ".join(first.split())
