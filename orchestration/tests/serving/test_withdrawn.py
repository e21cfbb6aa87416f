"""What the project has withdrawn is served no more, told, and destroyed when somebody says so."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from orchestration.lifecycle.withdrawn import drop
from orchestration.operations.health.score import assess
from orchestration.policies.lifecycle import UnknownRelation
from orchestration.serving.publish import publish
from orchestration.tests.processes import granary
from orchestration.tests.serving.conftest import Built
from orchestration.warehouse.protocol import InUse

GONE = "content_effectiveness"
SERVED = {
    "duckdb": "select schema_name || '.' || table_name from duckdb_tables()",
    "postgres": (
        "select substr(table_schema, 9) || '.' || table_name from information_schema.tables "
        "where table_schema like 'serving_%'"
    ),
}


@contextlib.contextmanager
def without_mart(built: Built) -> Iterator[None]:
    """The project as if somebody had removed a mart and its tests."""
    path = built.workspace.settings.target_path / "manifest.json"
    text = path.read_text("utf-8")
    manifest = json.loads(text)
    model = f"model.granary.{GONE}"
    del manifest["nodes"][model]
    for name, node in list(manifest["nodes"].items()):
        if model in node.get("depends_on", {}).get("nodes", []):
            assert node["resource_type"] == "test", name
            del manifest["nodes"][name]
    path.write_text(json.dumps(manifest), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


def served(built: Built) -> set[str]:
    """What readers find."""
    return {name for (name,) in built.serving(SERVED[built.workspace.settings.target])}


def test_a_withdrawn_mart_is_served_no_more(built: Built) -> None:
    settings = built.workspace.settings
    built.workspace.publish()
    before = served(built)
    assert f"assistant.{GONE}" in before
    with without_mart(built):
        assert built.workspace.publish().held_back == []
        assert served(built) == before - {f"assistant.{GONE}"}
        # What is not Granary's stays where it is.
        if built.postgres:
            with built.connect() as admin:
                admin.execute("create table serving_assistant.somebodys (n int)")
                publish(settings)
                assert "assistant.somebodys" in served(built)


def test_what_is_built_on_a_withdrawn_mart_gets_no_row_of_it(on_postgres: Built) -> None:
    on_postgres.workspace.publish()
    with on_postgres.connect() as analyst, without_mart(on_postgres):
        analyst.execute(
            f"create view public.mine as select count(*) as n from serving_assistant.{GONE}"
        )
        assert analyst.execute("select n > 0 from public.mine").fetchall() == [(True,)]
        [said] = on_postgres.workspace.publish().held_back
        assert "view public.mine" in said
        assert analyst.execute("select n from public.mine").fetchall() == [(0,)]
        analyst.execute("drop view public.mine")
        assert on_postgres.workspace.publish().held_back == []
    assert f"assistant.{GONE}" not in served(on_postgres)


def test_a_view_on_a_changed_mart_holds_back_that_mart_alone(on_postgres: Built) -> None:
    mart = "query_performance"
    on_postgres.number(1)
    on_postgres.workspace.publish()
    with on_postgres.connect() as analyst:
        analyst.execute(
            f"create view public.asks as select distinct total_asks from serving_assistant.{mart}"
        )
        on_postgres.workspace.execute(f"alter table assistant.{mart} add column added integer")
        on_postgres.number(2)
        told = granary("publish")
        assert told.returncode == 5, told.stderr
        [line] = told.stderr.splitlines()
        assert f"serving_assistant.{mart} is served as it was" in line
        assert "view public.asks" in line
        assert "run `granary publish`" in line
        assert analyst.execute("select * from public.asks").fetchall() == [(1,)]
        assert on_postgres.serving(
            "select distinct total_queries from {s}assistant.session_analytics"
        ) == [(2,)]
        analyst.execute("drop view public.asks")
    assert granary("publish").returncode == 0
    assert on_postgres.published() == {2}
    assert on_postgres.serving(f"select count(added) from {{s}}assistant.{mart}") == [(0,)]


def test_what_no_policy_ends_is_told_and_can_be_destroyed(built: Built) -> None:
    workspace = built.workspace
    workspace.execute(
        "create table assistant.withdrawn_mart as select 'secret' as word",
        "create table raw.withdrawn_stream as select 1 as n",
    )
    [found] = [p for p in assess(workspace.settings).parts if p.part == "withdrawn"]
    assert (found.status, found.measured) == ("warn", 2.0)
    assert "assistant.withdrawn_mart, raw.withdrawn_stream" in found.finding
    assert "granary lifecycle drop" in (found.advice or "")
    for kept in ("assistant.query_performance", "governance.tier_files", "assistant.nothing"):
        with pytest.raises(UnknownRelation):
            drop(workspace.settings, kept)
    if built.postgres:
        workspace.execute("create view public.uses_it as select * from raw.withdrawn_stream")
        with pytest.raises(InUse, match=r"view public\.uses_it"):
            drop(workspace.settings, "raw.withdrawn_stream")
        workspace.execute("drop view public.uses_it")
    for relation in ("raw.withdrawn_stream", "assistant.withdrawn_mart"):
        assert drop(workspace.settings, relation).rows == 1
    [found] = [p for p in assess(workspace.settings).parts if p.part == "withdrawn"]
    assert (found.status, found.measured) == ("ok", 0.0)
    assert workspace.query(
        "select relation, transition, row_count from governance.lifecycle_log order by relation"
    ) == [("assistant.withdrawn_mart", "delete", 1), ("raw.withdrawn_stream", "delete", 1)]
