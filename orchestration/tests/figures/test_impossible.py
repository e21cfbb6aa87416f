"""A value that breaks a rule is missing in every measure: each rule of each contract, in turn."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb

from orchestration.core.located import read_yaml
from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.prism import records
from orchestration.tests.workspace import Workspace

Record = dict[str, Any]
CONTRACTS: dict[str, Record] = {
    f"{source['name']}.{table['name']}": table
    for path in sorted(PROJECT_DIR.glob("models/staging/*/_*__sources.yml"))
    for source in read_yaml(path)["sources"]
    for table in source["tables"]
    if "natural_key" in table.get("config", {}).get("meta", {})
}
MEASURES = ("bigint", "integer", "double precision", "numeric", "double", "decimal")
# Marts that count rows by the rules they break, and what is measured of loading.
COUNTS_OF_RULES = {"governance"}
MOMENT = datetime(2026, 1, 10, 12)
# What a column may be told instead; a rule that none of these breaks needs another one here.
CANDIDATES: dict[str, list[Any]] = {
    "varchar": ["no such value", "undefined", "x" * 6000],
    "bigint": [-1, 0, 10**10],
    "double precision": [-1.0, 0.0, 1e9],
    "boolean": [True, False],
    "json": [{"not": "an array"}],
    "timestamp": [MOMENT + timedelta(days=n) for n in (-400, 2, 4000)],
    "uuid": [str(uuid.UUID(int=7))],
}


@dataclass(frozen=True)
class Break:
    """A rule of a stream, and what a record that breaks it says."""

    stream: str
    rule: str
    about: tuple[str, ...]
    values: Record
    # What it is as good as: nothing, or another word that is not known.
    as_good_as: str = "null"


def _sound(stream: str, number: int) -> Record:
    """A record of a stream that keeps its contract, every measure filled."""
    name, at = f"{stream} {number}", f"{MOMENT:%Y-%m-%dT%H}:{number % 60:02d}:00Z"
    sound: Record = {
        "assistant.interactions": interaction(
            session_id=name, timestamp=at, user_rating=4, code_snippets_shown=2,
            citations_provided=3, input_tokens=900, output_tokens=200, cached_input_tokens=300,
            reasoning_tokens=50, cost_usd=0.0125, time_to_first_token=0.5,
        ),
        "assistant.content_accesses": {
            "session_id": name, "timestamp": at, "user_role": "student", "content_id": "c",
            "content_type": "video", "relevance_score": 0.5,
        },
        "assistant.session_memory": {"session_id": name, "key": "k", "value": "v",
                                     "updated_at": at},
        "assistant.system_metrics": {
            "timestamp": at, "metric_name": "response_time", "metric_value": 1.5,
            "metric_unit": "seconds", "component": name,
        },
        "codex.events": {"id": name, "event_type": "file_view", "user_id": "u", "session_id": "s",
                         "timestamp": at, "context": {"file_id": "f"}, "metadata": {}},
        "genai.spans": {
            "trace_id": name, "span_id": "a", "start_time": at, "end_time": at,
            "operation_name": "chat", "response_model": "gpt-5", "input_tokens": 900,
            "cache_read_tokens": 300, "cache_write_tokens": 100, "output_tokens": 200,
            "reasoning_tokens": 50, "cost_usd": 0.0125, "time_to_first_chunk": 0.5,
        },
        "genai.langfuse_observations": {
            "id": name, "trace_id": name, "start_time": at, "end_time": at, "type": "GENERATION",
            "model": "gpt-5", "usage_details": {"input": 900, "output": 200}, "total_cost": 0.0125,
        },
        "genai.langfuse_traces": {"id": name, "timestamp": at},
        "prism.organizations": records.organization(name, at),
        "prism.users": records.user(name, at, login_attempts=1),
        "prism.documents": records.document(
            name, at, word_count=100, page_count=3, total_sections=2, total_feedback_items=1,
            processing_started_at=at, processing_completed_at=at.replace(":00Z", ":30Z"),
            analysis_confidence_score=0.5, analysis_cost_usd=0.5, filename="plan.pdf",
        ),
        "prism.document_sections": {
            "id": records.key(name), "document_id": records.key("prism.documents 0"),
            "section_name": "One", "section_order": number + 1, "content": "text",
            "word_count": 50, "complexity_score": 0.5, "analysis_duration_seconds": 3.0,
            "analysis_cost_usd": 0.1, "created_at": at,
        },
        "prism.analysis_results": records.analysis(
            name, "prism.documents 0", at, user_satisfaction_score=4.0, model_temperature=0.5,
            max_tokens=10, feedback_accepted_count=2, feedback_rejected_count=1,
            analysis_completed_at=at.replace(":00Z", ":30Z"),
        ),
        "prism.user_feedback": records.feedback(
            name, "prism.analysis_results 0", at, custom_feedback_text="Too long."
        ),
        "prism.audit_logs": records.event(name, at, retention_period_days=10),
        "prism.deletions": records.deletion("documents", name, at),
        "prism.schema_drift": {
            "table_name": "users", "column_name": name, "change": "resolved",
            "breaks_contract": False, "detected_at": at,
        },
    }[stream]  # fmt: skip
    return sound


def _columns(stream: str) -> dict[str, Record]:
    return {c["name"]: c for c in CONTRACTS[stream]["columns"]}


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """A session with the policies that conditions name."""
    engine = duckdb.connect()
    engine.execute("create schema policy")
    seed = PROJECT_DIR / "seeds" / "governance" / "placeholder_ids.csv"
    engine.execute(f"create table policy.placeholder_ids as from read_csv('{seed}', header = true)")
    return engine


def _holds(condition: str, stream: str, record: Record) -> bool | None:
    """What DuckDB says of a condition on a record; the rules are the same on both engines."""
    names = _columns(stream)
    listed = ", ".join(f'cast(${n} as {c["data_type"]}) as "{n}"' for n, c in names.items())
    given = {n: json.dumps(v) if isinstance(v := record.get(n), dict | list) else v for n in names}
    [(held,)] = _engine().execute(f"select {condition} from (select {listed})", given).fetchall()
    return bool(held) if held is not None else None


def _breaking(stream: str, rule: Record, about: tuple[str, ...], number: int) -> Record:
    """Values of the columns a rule is about with which the rule is broken, as few as will do."""
    sound, columns = _sound(stream, number), _columns(stream)
    assert _holds(rule["holds"], stream, sound) is not False
    named = [n for n in columns if n in re.findall(r"\w+", rule["holds"])]
    assert set(about) <= set(named)
    event_time = CONTRACTS[stream]["config"]["meta"]["event_time"]
    free = [n for n in named if n != event_time]
    for size in range(1, len(free) + 1):
        for names in itertools.combinations(free, size):
            pools = [CANDIDATES[columns[n]["data_type"]] + [None] for n in names]
            for values in itertools.product(*pools):
                tried = dict(zip(names, values, strict=True))
                if any(columns[n]["config"]["meta"].get("required") and v is None
                       for n, v in tried.items()):  # fmt: skip
                    continue
                if _holds(rule["holds"], stream, sound | tried) is False:
                    return tried
    raise AssertionError(f"no candidate breaks {stream}.{rule['name']}: add one to CANDIDATES")


def _breaks() -> Iterator[Break]:
    number = itertools.count(1)
    for stream, table in CONTRACTS.items():
        meta = table["config"]["meta"]
        for name, column in _columns(stream).items():
            bounds = column["config"]["meta"]
            if "accepted_values" in bounds:
                yield Break(stream, f"{name}_is_known", (name,), {name: "却下"}, "'ACCEPTED'")
            is_text = column["data_type"] == "varchar" and name.rpartition("_")[2] != "id"
            if is_text and bounds.get("required") and not bounds.get("may_be_empty"):
                yield Break(stream, f"{name}_is_given", (), {name: " \t"})
            for value in (bounds.get("minimum", 1) - 1, 2 * bounds.get("maximum", 0)):
                if value < bounds.get("minimum", value) or value > bounds.get("maximum", value):
                    yield Break(stream, f"{name}_is_possible", (name,), {name: value})
        time = meta["event_time"]
        yield Break(stream, f"{time}_is_not_in_the_future", (), {time: f"{MOMENT.year + 50}-01-01"})
        for rule in meta.get("rules", []):
            mentioned = re.findall(r"\w+", re.sub("'[^']*'", "", rule["holds"]))
            about = tuple(rule.get("about", [n for n in _columns(stream) if n in mentioned]))
            broken = _breaking(stream, rule, about, next(number))
            yield Break(stream, rule["name"], about, broken)


def _as_written(stream: str, record: Record) -> Record:
    """A record under the names that its source gives its fields."""
    columns = _columns(stream)
    return {columns[n]["config"]["meta"].get("fields", [n])[0]: v for n, v in record.items()}


def _land(workspace: Workspace) -> list[tuple[Break, Record]]:
    """Land a sound record of every stream and one more for each rule, which breaks it."""
    landed = {stream: [_sound(stream, 0)] for stream in CONTRACTS}
    found = []
    for number, broken in enumerate(_breaks(), 1):
        record = _sound(broken.stream, number) | broken.values
        landed[broken.stream].append(record)
        found.append((broken, record))
    for name, rows in landed.items():
        source, stream = name.split(".")
        workspace.land(stream, [_as_written(name, row) for row in rows], source=source)
    return found


def _forget(landed: list[tuple[Break, Record]]) -> list[str]:
    """SQL that makes the values that break a rule in raw what they are as good as."""
    statements = []
    for broken, record in landed:
        meta = CONTRACTS[broken.stream]["config"]["meta"]
        names = [n for n in broken.about if n != meta["event_time"]]
        keys = ("id", "component", "session_id", "trace_id", "column_name")
        key = next(name for name in keys if name in record)
        emptied = ", ".join(f"{n} = {broken.as_good_as}" for n in names)
        table = CONTRACTS[broken.stream]["identifier"]
        if names:
            statements.append(f"update raw.{table} set {emptied} where {key} = '{record[key]}'")
    return statements


def _measures(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Every measure of every mart, row by row."""
    found = {}
    with workspace.reading():
        for mart in workspace.marts():
            if mart.schema in COUNTS_OF_RULES:
                continue
            names = [
                name
                for name, kind in workspace.query(
                    "select column_name, lower(data_type) from information_schema.columns "
                    f"where table_schema = '{mart.schema}' and table_name = '{mart.name}' "
                    "order by ordinal_position"
                )
                if kind.startswith(MEASURES) and name not in {"batch_id", "file_id"}
            ]
            if names:
                listed = ", ".join(f'"{name}"' for name in names)
                rows = workspace.query(f'select {listed} from "{mart.schema}"."{mart.name}"')
                found[f"{mart.schema}.{mart.name} ({listed})"] = sorted(rows, key=repr)
    return found


def test_a_broken_value_is_as_good_as_none(workspace: Workspace) -> None:
    landed = _land(workspace)
    assert {broken.stream for broken, _ in landed} == set(CONTRACTS)
    report = workspace.ingest()
    assert (report.rejects, report.rows) == (0, len(landed) + len(CONTRACTS))
    workspace.build_models()
    counted = workspace.query(
        "select stream, rule_name, dimension from governance.rule_scores where violation_count > 0"
    )
    assert {(b.stream, b.rule) for b, _ in landed} <= {
        (stream, rule) for stream, rule, _ in counted
    }
    lowered = workspace.query(
        "select stream, dimension from governance.quality_scores where score < 1"
    )
    assert set(lowered) == {(stream, dimension) for stream, _, dimension in counted}
    with_broken = _measures(workspace)
    assert len(with_broken) > 10
    workspace.execute(*_forget(landed))
    workspace.build_models("--full-refresh")
    without = _measures(workspace)
    for mart, rows in without.items():
        assert with_broken[mart] == rows, mart


def test_a_finding_of_unknown_risk_is_of_no_risk(workspace: Workspace) -> None:
    risks = ["High", "Extreme", "Low", None]
    at = f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}"
    items = [{"text": "x", "risk_level": risk, "confidence": 0.5} for risk in risks]
    known = records.analysis("known", "plan", at)
    unknown = records.analysis("unknown", "plan", at, feedback_items=items)
    workspace.land("analysis_results", [known, unknown], "prism")
    workspace.ingest()
    workspace.build_models("--select", "+rule_violations", "+fct_document_analysis")
    assert workspace.query(
        "select feedback_items_generated, high_risk_items, medium_risk_items, low_risk_items "
        "from documents.fct_document_analysis order by 1"
    ) == [(1, 1, 0, 0), (4, 1, 0, 1)]
    assert workspace.query(
        "select record_key, rule_name from governance.rule_violations "
        "where stream = 'prism.analysis_results'"
    ) == [(uuid.UUID(records.key("unknown")), "finding_risks_are_known")]
