"""What can be exported, as data: it fits the marts, and the readers that dbt is told of."""

from __future__ import annotations

import pytest

from orchestration.core.errors import NothingPublished, WrongRequest
from orchestration.dbt.manifest import graph_manifest
from orchestration.export.errors import ColumnRefused
from orchestration.export.marts import Column, Relation, governance, mart
from orchestration.policies.reports import registry


def test_every_mart_of_a_report_exists_and_may_leave() -> None:
    manifest = graph_manifest()
    tables = [(r.name, t) for r in registry().reports.values() for t in r.tables]
    assert len(tables) > 5
    for report, table in tables:
        relation = mart(manifest, table.mart)
        names = [column.name for column in relation.columns]
        assert relation.served(names) == relation, report
        [day] = [column for column in relation.columns if column.name == table.day]
        assert day.data_type in ("date", "timestamp")
        assert day.required, f"a row of {table.mart} without {table.day} would never be exported"


def test_every_relation_of_the_bundle_may_leave() -> None:
    found = governance(graph_manifest())
    assert {"export_log", "rule_violations", "node_results"} <= {r.name for r in found}
    for relation in found:
        assert relation.served([column.name for column in relation.columns]) == relation


def test_the_exposure_names_what_is_exported() -> None:
    manifest = graph_manifest()
    exported = {t.mart for report in registry().reports.values() for t in report.tables}
    exported |= {
        r.name for r in governance(manifest) if f"model.granary.{r.name}" in manifest["nodes"]
    }
    exposure = manifest["exposures"]["exposure.granary.exports"]
    assert {name.split(".")[-1] for name in exposure["depends_on"]["nodes"]} == exported


def test_what_tells_quality_is_published() -> None:
    assert registry().quality <= {r.name for r in governance(graph_manifest())}


def test_only_named_classes_leave() -> None:
    assert not {"identifier", "free_text"} & registry().classes
    relation = Relation("s", "r", "", (Column("a", "varchar", "", "operational"),))
    assert relation.served(["a"]) == relation
    assert relation.served([]).columns == ()
    with pytest.raises(ColumnRefused, match="not described"):
        relation.served(["a", "b"])
    secret = Relation("s", "r", "", (Column("a", "varchar", "", "a class of tomorrow"),))
    with pytest.raises(ColumnRefused, match="of class a class of tomorrow"):
        secret.served(["a"])


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(WrongRequest, match="compliance"):
        registry().report("sales")
    with pytest.raises(NothingPublished, match="no mart dim_sales"):
        mart(graph_manifest(), "dim_sales")
