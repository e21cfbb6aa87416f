"""Rows are where their policy says, and nowhere else."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from orchestration.core.settings import Settings
from orchestration.lifecycle.apply import apply
from orchestration.lifecycle.errors import KeyMissing, NotBuilt, NotVerified
from orchestration.lifecycle.history import open_history
from orchestration.lifecycle.plan import Step, plan
from orchestration.policies.lifecycle import UnknownRelation
from orchestration.tests.lifecycle.conftest import AS_OF, DAYS
from orchestration.tests.prism.records import document, key
from orchestration.tests.workspace import Workspace

SUMS = ("assert_raw_holds_what_the_ledger_says", "assert_staging_holds_every_natural_key",
        "assert_facts_hold_every_record", "assert_summaries_hold_every_analysis",
        "assert_active_users_hold_every_act", "assert_user_hours_hold_every_act")  # fmt: skip
NAMES = {key(name): name for name in DAYS}
DOCUMENTS = {
    "hot": {"fresh"},
    "warm": {"warm", "held"},
    "cold": {"cold"},
    "archive": {"archived"},
}


def tiers(workspace: Workspace, table: str = "prism_documents") -> dict[str, set[str]]:
    """Which documents a raw table has rows of, by tier; each counts once."""
    column = "id" if table == "prism_documents" else "document_id"
    found: dict[str, set[str]] = {}
    with open_history(workspace.settings) as engine:
        rows = engine.execute(f"select _tier, {column} from history.{table}").fetchall()
        archived = engine.execute(
            "select sum(row_count) from warehouse.governance.tier_files "
            f"where relation = 'raw.{table}' and tier = 'archive'"
        ).fetchone()
    for tier, document_id in rows:
        found.setdefault(tier, set()).add(NAMES[str(document_id)])
    assert len(rows) == sum(map(len, found.values()))
    assert archived == (1,)
    return found | {"archive": {"archived"}}


def counts(steps: list[Step]) -> Counter[tuple[str, str, str, Any, Any]]:
    """Rows by what is done with them."""
    found: Counter[tuple[str, str, str, Any, Any]] = Counter()
    for s in steps:
        if s.rows:
            found[s.relation, s.from_tier, s.transition, s.first_day, s.last_day] += s.rows
    return found


def test_rows_go_where_they_are_due(aged: Workspace) -> None:
    planned = plan(aged.settings, as_of=AS_OF)
    report = apply(aged.settings, as_of=AS_OF)
    assert counts(report.steps) == counts(planned)
    assert tiers(aged) == DOCUMENTS
    assert tiers(aged, "prism_analysis_results") == DOCUMENTS
    # The whole table of what is due is on record.
    logged = aged.query("select relation, from_tier, row_count from governance.lifecycle_log")
    assert sorted(logged) == sorted((s.relation, s.from_tier, s.rows) for s in report.steps)
    assert [s for s in plan(aged.settings, as_of=AS_OF) if s.rows] == []
    assert apply(aged.settings, as_of=AS_OF).steps == []


def test_a_hold_and_an_organization_s_limit_count_everywhere(aged: Workspace) -> None:
    held = [s for s in plan(aged.settings, "prism_documents", AS_OF) if s.held]
    assert [(s.transition, s.held) for s in held] == [("deleted", 1)]
    apply(aged.settings, as_of=AS_OF)
    for relation in ("staging.stg_prism__documents", "documents.fct_document_analysis"):
        rows = {NAMES[str(d)] for (d,) in aged.query(f"select document_id from {relation}")}
        assert "brief" not in rows, relation
        assert "held" in rows, relation
        assert "ended" not in rows, relation


def test_the_warehouse_passes_its_tests_and_builds_on(aged: Workspace) -> None:
    apply(aged.settings, as_of=AS_OF)
    # The upload day of `warm` has left the warehouse; another document of that day comes late.
    aged.land("documents", [document("late", f"{DAYS['warm']}T15:00:00Z")], "prism")
    aged.ingest()
    with pytest.raises(NotBuilt, match="granary build"):
        apply(aged.settings, as_of=AS_OF)
    before = set(aged.query("select document_id from staging.stg_prism__documents"))
    aged.build_models()
    after = set(aged.query("select document_id from staging.stg_prism__documents"))
    assert after - before == {(aged.value(f"select cast('{key('late')}' as uuid)"),)}
    assert before < after
    assert aged.dbt("test", "--select", *SUMS).success
    apply(aged.settings, as_of=AS_OF)
    with open_history(aged.settings) as engine:
        rows = engine.execute("select count(*) from history.prism_documents").fetchone()
    assert rows == (5,)


def test_a_full_refresh_loses_no_day_that_raw_rows_have_left(aged: Workspace) -> None:
    apply(aged.settings, as_of=AS_OF)
    relations = ("staging.stg_prism__documents", "documents.fct_document_analysis",
                 "documents.executive_summary_daily")  # fmt: skip
    before = {name: aged.rows(*name.split(".")) for name in relations}
    aged.build_models("--full-refresh", "--select", "+executive_summary_daily")
    for name, rows in before.items():
        assert rows, name
        assert aged.rows(*name.split(".")) == rows, name


def test_a_full_refresh_brings_new_columns_where_days_are_closed(aged: Workspace) -> None:
    """An upgrade, the other way round: the table loses a column that its model has."""
    apply(aged.settings, as_of=AS_OF)
    staged, documents = ("staging", "stg_prism__documents"), ("core", "dim_documents")
    kept, before = len(aged.rows(*staged)), aged.rows(*documents)
    aged.execute(
        "drop view intermediate.int_prism__broken_records cascade",  # it reads the column
        "alter table staging.stg_prism__documents drop column return_count",
    )
    refused = aged.dbt("build", "--select", "stg_prism__documents")
    assert not refused.success
    aged.build_models("--full-refresh", "--select", "+dim_documents")
    assert len(aged.rows(*staged)) == kept > 0
    assert aged.query("select max(return_count) from staging.stg_prism__documents") == [(0,)]
    assert aged.rows(*documents) == before


def test_anonymising_keeps_what_was_measured(aged: Workspace) -> None:
    # The organization says nothing, so the policy decides.
    aged.execute("delete from governance.retention_limits")
    as_of = date(2027, 2, 1)
    measures = (
        "select cost_usd, tokens_consumed, high_risk_items, organization_id, analysis_date "
        "from documents.fct_document_analysis where analysis_date = date '2020-01-10'"
    )
    link = (
        "select user_key, cast(user_version_key as varchar) from documents.fct_document_analysis "
        "where analysis_date in (date '2020-01-10', date '2018-02-10') order by analysis_date desc"
    )
    before = aged.query(measures)
    apply(aged.settings, "fct_document_analysis", as_of)
    assert aged.query(measures) == before != []
    (old, held) = aged.query(link)
    assert tuple(map(str, old)) == ("00000000-0000-0000-0000-000000000000",) * 2
    assert held[0] is not None


def test_an_unknown_relation_is_refused(aged: Workspace) -> None:
    with pytest.raises(UnknownRelation, match="name a relation whose lifecycle has a limit"):
        plan(aged.settings, "raw.nothing", AS_OF)


def test_without_a_key_nothing_leaves(aged: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRANARY_ARCHIVE_RECIPIENT")
    with pytest.raises(KeyMissing, match="granary backup keygen"):
        apply(Settings(), "prism_documents", AS_OF)
    assert aged.value("select count(*) from raw.prism_documents") == len(DAYS)


def test_a_changed_file_is_noticed_before_its_rows_move_on(aged: Workspace) -> None:
    apply(aged.settings, "prism_documents", AS_OF)
    [file] = aged.settings.tiers.glob(f"*/warm/raw.prism_documents/{DAYS['warm']}-*.parquet")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(NotVerified, match="restore it from a backup"):
        apply(aged.settings, "prism_documents", date(2027, 6, 1))
    assert file.exists()
