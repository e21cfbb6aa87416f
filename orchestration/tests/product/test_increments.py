"""Events that come late, twice or corrected: days built one by one are those built at once."""

from __future__ import annotations

import json
from typing import Any

from orchestration.sample import write_samples
from orchestration.sources.codex.sample import CodexOptions
from orchestration.tests.workspace import Workspace

MODELS = ("+event_validation_issues", "+fct_events", "+tracking_plan_coverage", "+fct_searches")
MARTS = ("fct_events", "event_validation_issues", "tracking_plan_coverage", "fct_searches")


def test_daily_builds_equal_one_over_everything(workspace: Workspace) -> None:
    options = CodexOptions(days=4, events_per_day=150, faults={"late": 0.05, "redelivered": 0.05})
    write_samples(workspace.settings.landing, workspace.settings.truth, [options], lambda *_: None)
    landed = workspace.settings.landing / "codex" / "events"
    later = workspace.settings.root / "later"
    days = sorted(path.name for path in landed.iterdir())
    assert len(days) == 4
    landed.rename(later)
    landed.mkdir()
    for day in days:
        (later / day).rename(landed / day)
        assert workspace.ingest().rows > 0
        workspace.build_models("--select", *MODELS)
    # The application corrects an event: another day, and what was wrong no more.
    event: dict[str, Any] = {
        "id": "mended", "event_type": "feature_viewed", "timestamp": f"{days[1]}T10:00:00Z",
        "context": {},
    }  # fmt: skip
    for number, change in enumerate(
        ({}, {"timestamp": f"{days[2]}T10:00:00Z", "context": {"feature": "graph"}})
    ):
        event |= change
        text = json.dumps(event) + "\n"
        workspace.write(f"codex/events/{days[3]}/mend-{number}.jsonl", text.encode())
        workspace.ingest()
        workspace.build_models("--select", *MODELS)
    stepwise = {mart: workspace.rows("product", mart) for mart in MARTS}
    assert len(stepwise["fct_events"]) > 400
    assert len(stepwise["event_validation_issues"]) > 10
    assert len(stepwise["fct_searches"]) > 20
    workspace.build_models("--full-refresh", "--select", *MODELS)
    assert {mart: workspace.rows("product", mart) for mart in MARTS} == stepwise
    assert workspace.query(
        "select event_date, is_valid from product.fct_events "
        "join staging.stg_codex__events using (event_key, event_date) where event_id = 'mended'"
    ) == [(workspace.value(f"select date '{days[2]}'"), True)]


def test_each_planted_fault_is_found(duckdb_workspace: Workspace) -> None:
    workspace = duckdb_workspace
    planted = {
        "unplanned_event": "not_in_plan",
        "missing_property": "missing_required",
        "wrong_property_type": "wrong_type",
        "unexpected_property": "unexpected_property",
        "unexpected_value": "unexpected_value",
    }
    quiet = {"late": 0.0, "redelivered": 0.0, "odd_context": 0.0, "wrong_type": 0.0}
    faults = dict.fromkeys(planted, 0.03) | quiet
    options = CodexOptions(days=3, events_per_day=300, faults=faults)
    write_samples(workspace.settings.landing, workspace.settings.truth, [options], lambda *_: None)
    truth = json.loads((workspace.settings.truth / "codex.json").read_text("utf-8"))
    told = truth["streams"]["events"]["faults"]
    assert all(told[fault] > 3 for fault in planted), told
    report = workspace.ingest()
    events = truth["streams"]["events"]
    assert (report.rows, report.rejects) == (events["expected_rows"], events["expected_rejects"])
    workspace.build_models("--select", *MODELS)
    found = dict(
        workspace.query(
            "select issue_kind, count(distinct event_key) from product.event_validation_issues "
            "group by issue_kind"
        )
    )
    assert found == {kind: told[fault] for fault, kind in planted.items()}
    days = workspace.query("select event_date, count(*) from product.fct_events group by 1")
    assert {f"{day}": count for day, count in days} == truth["totals"]["events_by_day"]
    # What nobody spoilt is as planned: the sample is drawn from the plan.
    assert sum(found.values()) < 0.3 * workspace.value("select count(*) from product.fct_events")
