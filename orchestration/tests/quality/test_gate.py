"""Bad data of one stream closes the gate, whatever all others are like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.nodes import ModelNode

from orchestration.core.settings import PROJECT_DIR
from orchestration.dbt.run import dbt_environment
from orchestration.operations.alerts.incidents import evaluate
from orchestration.tests.prism.records import analysis, document, feedback, user
from orchestration.tests.processes import granary
from orchestration.tests.workspace import Workspace, environment, parsed_project

GATE = "assert_every_stream_scores_high_enough"
DAY = date(2026, 1, 5)
Record = dict[str, Any]


def interaction(number: int, day: date = DAY, **columns: Any) -> Record:
    """A question that keeps every rule."""
    return {
        "session_id": f"s-{number}",
        "timestamp": f"{day}T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
        "user_role": "Student",
        "query": "how do i sort a list?",
        "query_type": "technical",
        "response_time": 1.2,
        "success": True,
    } | columns


def lines(records: list[Record]) -> bytes:
    """Records as a landed file has them."""
    return ("\n".join(map(json.dumps, records)) + "\n").encode()


def gate(workspace: Workspace) -> str | None:
    """Build what is scored, and what the gate says; None where it is open."""
    workspace.build_models("--select", "+quality_scores")
    return said(workspace, GATE)


def said(workspace: Workspace, test: str) -> str | None:
    """Why a test fails; None where it passes."""
    results = workspace.dbt("test", "--select", test).result.results
    [ended] = [r for r in results if r.node.name == test]
    return None if ended.status == "pass" else str(ended.message)


def under_the_minimum(workspace: Workspace) -> dict[tuple[str, str], float]:
    """Scores by stream and dimension that keep the gate shut."""
    return {
        (stream, dimension): round(score, 3)
        for stream, dimension, score in workspace.query(
            "select stream, dimension, score from governance.quality_scores "
            "where score < minimum_score"
        )
    }


@pytest.fixture(scope="module")
def bad(module_workspace: Workspace) -> Iterator[Workspace]:
    """A warehouse of two streams that nobody should see."""
    workspace = module_workspace
    workspace.write(
        f"assistant/interactions/{DAY}/part.jsonl",
        lines(
            [interaction(n) for n in range(3_600)]
            + [interaction(n, response_time=-1.0) for n in range(3_600, 11_600)]
        ),
    )
    at = f"{DAY}T08:00:00Z"
    platform = {
        "users": [user("ann", at)],
        "documents": [document("a", at)],
        "analysis_results": [analysis("r", "a", at)],
    }
    for stream, records in platform.items():
        workspace.write(f"prism/{stream}/{DAY}/part.jsonl", lines(records))
    none = {"user_id": None, "feedback_type": None, "action": None}
    workspace.write(
        f"prism/user_feedback/{DAY}/part.jsonl",
        lines(
            [feedback(f"f{n}", "r", at) for n in range(80)]
            + [feedback(f"g{n}", "r", at, **none) for n in range(20_000)]
        ),
    )
    # Hardly a line of this file can be read.
    workspace.write(
        f"assistant/session_memory/{DAY}/part.jsonl",
        lines([{"session_id": "s", "key": "k", "value": "v", "updated_at": at}])
        + lines([{"session_id": "s", "key": "k"}] * 60)
        + b"{\n" * 39,
    )
    # A required text that is blank is missing.
    metric = {"metric_name": "error_rate", "metric_value": 0.0}
    workspace.write(
        f"assistant/system_metrics/{DAY}/part.jsonl",
        lines(
            [
                metric | {"timestamp": f"{DAY}T08:00:{n:02}Z", "component": component}
                for n, component in enumerate(["api", "", " \t\n", "\u3000"])
            ]
        ),
    )
    workspace.ingest()
    with workspace.activate():
        yield workspace


def test_the_worst_stream_closes_the_gate_not_the_mean_of_a_source(bad: Workspace) -> None:
    message = gate(bad)
    assert under_the_minimum(bad) == {
        ("assistant.interactions", "accuracy"): round(3_600 / 11_600, 3),
        ("prism.user_feedback", "completeness"): round(80 / 20_080, 3),
        ("assistant.session_memory", "completeness"): 0.4,
        ("assistant.session_memory", "validity"): 0.61,
        ("assistant.system_metrics", "completeness"): 0.25,
    }
    for told in (
        "assistant.interactions scores 0.310 in accuracy, less than 0.8; most records break "
        "response_time_is_possible, of those of 2026-01-05 to 2026-01-05",
        "prism.user_feedback scores 0.004 in completeness, less than 0.8",
        # Of rules that are broken as often, the first by its name.
        "most records break action_is_given",
        "most records break updated_at_is_given",
        "most records break line_is_readable",
        "most records break component_is_given",
    ):
        assert told in (message or "")


def test_health_names_the_three_worst_streams_and_what_to_do(bad: Workspace) -> None:
    # Health asks what retention would do, too.
    bad.build_models(
        "--select", "+quality_scores", "+retention_limits", "+legal_holds", "+document_limits"
    )
    plain, as_json = granary("health"), granary("health", "--json")
    worst = json.loads(as_json.stdout)["worst_streams"]
    assert [(of["stream"], of["dimension"], round(of["score_percent"], 1)) for of in worst] == [
        ("prism.user_feedback", "completeness", 0.4),
        ("assistant.system_metrics", "completeness", 25.0),
        ("assistant.interactions", "accuracy", 31.0),
    ]
    assert worst[2]["advice"] == (
        "look at governance.rule_violations for records of assistant.interactions that break "
        "response_time_is_possible"
    )
    for of in worst:
        assert of["stream"] in plain.stdout
    assert "0.4 % in completeness" in " ".join(plain.stdout.split())


def test_each_stream_and_dimension_has_an_incident_of_its_own(bad: Workspace) -> None:
    bad.build_models("--select", "+quality_scores")
    opened = {
        change.message.component: change.message.finding
        for change in evaluate(bad.settings)
        if change.message.rule == "quality_is_low"
    }
    assert opened == {
        "assistant.interactions accuracy": "31.0 %, at least 98 % required",
        "assistant.session_memory completeness": "40.0 %, at least 95 % required",
        "assistant.session_memory validity": "61.0 %, at least 85 % required",
        "assistant.system_metrics completeness": "25.0 %, at least 95 % required",
        "prism.user_feedback completeness": "0.4 %, at least 95 % required",
    }
    assert [
        change for change in evaluate(bad.settings) if change.message.rule == "quality_is_low"
    ] == []


def land_day(workspace: Workspace, day: date, good: int, bad: int, **columns: Any) -> None:
    """A day of questions, some of them with other columns."""
    records = [interaction(n, day) for n in range(good)]
    records += [interaction(good + n, day, **columns) for n in range(bad)]
    workspace.write(f"assistant/interactions/{day}/part.jsonl", lines(records))


def test_a_broken_day_does_not_hide_behind_good_ones(workspace: Workspace) -> None:
    for past in range(1, 12):
        land_day(workspace, DAY - timedelta(days=past), 200, 0)
    land_day(workspace, DAY, 0, 200, user_rating=9)
    # The newest day has just begun: it is no day to be judged by.
    land_day(workspace, DAY + timedelta(days=1), 1, 1, user_rating=9)
    workspace.ingest()
    message = gate(workspace)
    assert message is not None
    assert "assistant.interactions scores 0.005 in accuracy" in message
    assert "of those of 2026-01-05 to 2026-01-06" in message
    # Mended: the same questions come again as they were.
    records = [interaction(n, DAY) for n in range(200)]
    workspace.write(f"assistant/interactions/{DAY}/mended.jsonl", lines(records))
    workspace.ingest()
    assert gate(workspace) is None


def test_every_stream_with_a_contract_is_scored(bad: Workspace) -> None:
    """In completeness and validity at least: what is required, and what can be read."""
    contracts = {
        f"{path.parent.name}.{table['name']}"
        for path in PROJECT_DIR.glob("models/staging/*/_*__sources.yml")
        for source in yaml.safe_load(path.read_text("utf-8"))["sources"]
        for table in source["tables"]
    }
    assert {"assistant.session_memory", "prism.audit_logs", "prism.organizations"} < contracts
    for dimension in ("completeness", "validity"):
        scored = bad.query(
            f"select stream from governance.quality_scores where dimension = '{dimension}'"
        )
        assert {stream for (stream,) in scored} == contracts


def test_scores_are_held_to_what_the_contract_asks_for(bad: Workspace) -> None:
    asked = {
        dimension: (minimum, alert)
        for dimension, minimum, alert in bad.query(
            "select dimension, minimum_score, alert_below from governance.quality_scores "
            "where stream = 'prism.documents'"
        )
    }
    assert asked["accuracy"] == (0.8, 0.98)
    assert asked["validity"] == (0.8, 0.85)


def test_a_rule_between_records_that_nothing_evaluates_fails_the_build(bad: Workspace) -> None:
    test = "assert_every_record_rule_is_evaluated"
    assert said(bad, test) is None
    meta = parsed_project(bad.settings).sources["source.granary.prism.users"].config.meta
    meta["record_rules"] = [
        {"name": "name_is_unique", "dimension": "uniqueness", "severity": "low"}
    ]
    try:
        message = said(bad, test) or ""
    finally:
        del meta["record_rules"]
    assert "prism.users.name_is_unique is not evaluated in int_prism__broken_records" in message


def test_a_new_stream_is_counted_or_named(duckdb_workspace: Workspace) -> None:
    """Its contract alone is not enough, and dbt says what is missing before it runs anything."""
    project = parsed_project(duckdb_workspace.settings)
    known = project.sources["source.granary.assistant.session_memory"]
    staged = project.nodes["model.granary.stg_assistant__session_memory"]
    assert isinstance(staged, ModelNode)
    notes = replace(known, name="notes", unique_id="source.granary.assistant.notes")
    # Its model was copied from another stream's, and counts the rules of that.
    copied = replace(
        staged, name="stg_assistant__notes", unique_id="model.granary.stg_assistant__notes"
    )
    for node, said in (
        (None, "assistant.notes has a contract and no staging model: write stg_assistant__notes"),
        (copied, "add {{ broken_rules('assistant.notes') }} as broken_rules"),
    ):
        project.sources[notes.unique_id] = notes
        if node:
            project.nodes[node.unique_id] = node
        try:
            # The project is given to dbt as it is here.
            project.build_flat_graph()
            with environment(dbt_environment(duckdb_workspace.settings)):
                told = dbtRunner(project).invoke(
                    [
                        "--quiet",
                        "compile",
                        "--select",
                        "int_quality__stream_days",
                        "--no-write-json",
                    ]
                )
        finally:
            del project.sources[notes.unique_id]
            project.nodes.pop(copied.unique_id, None)
        assert said in str(told.exception or told.result.results[0].message)
