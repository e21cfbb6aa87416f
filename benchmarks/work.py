"""The pieces of work that are measured; each runs in a process of its own."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.contracts import load_contracts
from orchestration.dbt.run import build
from orchestration.ingest.loader import ingest
from orchestration.ingest.parse_sql import JSON_TYPES
from orchestration.privacy.pseudonyms import pads
from orchestration.sample import SampleOptions, write_sample
from orchestration.serving.publish import publish
from orchestration.settings import Settings

START = date(2026, 1, 1)


def sample(days: str, rows_per_day: str) -> dict[str, int]:
    """Write a sample; the home and its key are the environment's."""
    settings = Settings()
    settings.create_key()
    options = SampleOptions(days=int(days), rows_per_day=int(rows_per_day), start=START)
    result = write_sample(settings.landing, settings.truth, options)
    return {"lines": result.lines, "rows": result.expected_rows}


def load() -> dict[str, int]:
    """Ingest what is new."""
    report = ingest(Settings())
    assert not report.failures, report.failures
    return {"lines": report.lines, "rows": report.rows}


def bare_scan(stream: str) -> int:
    """The same files straight into a table, with the columns and types of the contract."""
    settings = Settings()
    contract = load_contracts()["assistant", stream]
    columns = {c.name: JSON_TYPES[c.data_type] for c in contract.columns}
    path = settings.root / "bare.duckdb"
    path.unlink(missing_ok=True)
    files = [str(p) for p in sorted((settings.landing / "assistant" / stream).glob("*/*"))]
    with duckdb.connect(str(path)) as engine:
        [(count,)] = engine.execute(
            f"create table bare as select * from read_json({files}, "
            f"format = 'newline_delimited', columns = {columns}, ignore_errors = true)"
        ).fetchall()
    path.unlink()
    return int(count)


def whole_pipeline() -> dict[str, int]:
    """Landing files to published marts."""
    settings = Settings()
    report = ingest(settings)
    run_dbt()
    publish(settings)
    return {"rows": report.rows}


def run_dbt(*arguments: str) -> dict[str, Any]:
    """`dbt build`; returns the engine's seconds, node by node."""
    settings = Settings()
    with open(settings.root / "dbt.out", "w", encoding="utf-8") as log:
        report = build(settings, arguments, log)
    results = json.loads((settings.target_path / "run_results.json").read_text("utf-8"))["results"]
    nodes = [r for r in results if not r["unique_id"].startswith("operation.")]
    return {
        "nodes": len(nodes),
        "engine_seconds": sum(r["execution_time"] for r in nodes),
        "seconds": report.seconds,
        "slowest": sorted(((r["execution_time"], r["unique_id"]) for r in nodes), reverse=True)[:5],
    }


def straight_sql() -> dict[str, int]:
    """The compiled SQL of the last full build, in order, through DuckDB alone.

    Models become tables as their folders say; tests are run and counted.
    """
    settings = Settings()
    manifest = json.loads((settings.target_path / "manifest.json").read_text("utf-8"))
    results = json.loads((settings.target_path / "run_results.json").read_text("utf-8"))["results"]
    copy = settings.root / "straight.duckdb"
    copy.unlink(missing_ok=True)
    nodes = 0
    with duckdb.connect() as engine:
        engine.execute(f"attach '{settings.warehouse}' as source (read_only)")
        engine.execute(f"attach '{copy}' as warehouse")
        for schema in ("raw", "policy", "governance"):
            engine.execute(f"create schema warehouse.{schema}")
            tables = engine.execute(
                "select table_name from information_schema.tables where table_catalog = 'source' "
                f"and table_schema = '{schema}'"
            ).fetchall()
            for (table,) in tables:
                engine.execute(
                    f"create view warehouse.{schema}.{table} as from source.{schema}.{table}"
                )
        engine.execute("use warehouse")
        inner, outer = pads(settings.read_key())
        engine.execute("set variable granary_inner_pad = $1::blob", [inner])
        engine.execute("set variable granary_outer_pad = $1::blob", [outer])
        for result in results:
            node = manifest["nodes"].get(result["unique_id"])
            sql = result.get("compiled_code")
            if not node or not sql or node["resource_type"] not in ("model", "test"):
                continue
            nodes += 1
            if node["resource_type"] == "test":
                engine.execute(f"select count(*) from ({sql}) as failures").fetchall()
                continue
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            engine.execute(f"create schema if not exists {node['schema']}")
            name = f"{node['schema']}.{node['alias']}"
            engine.execute(f"drop view if exists {name}") if kind == "view" else None
            engine.execute(f"create or replace {kind} {name} as {sql}")
    copy.unlink()
    return {"nodes": nodes}


def land_day(from_home: str, day: str) -> int:
    """Copy one delivery day of another home's landing zone into this one."""
    source = Path(from_home) / "landing"
    count = 0
    for folder in source.glob(f"assistant/*/{day}"):
        shutil.copytree(folder, Settings().landing / folder.relative_to(source))
        count += 1
    return count


def land_late_rows(days_back: str, rows: str) -> int:
    """Land interactions that belong to each of the last days, delivered only now."""
    last = START + timedelta(days=29)
    records = [
        {
            "session_id": f"late-{back}-{i // 5}",
            "timestamp": f"{last - timedelta(days=back)}T12:{i // 60 % 60:02}:{i % 60:02}Z",
            "user_role": "Student",
            "query": f"what came late number {i % 50}",
            "query_type": "general",
            "response_time": 1.5,
            "success": True,
        }
        for back in range(1, int(days_back) + 1)
        for i in range(int(rows))
    ]
    folder = Settings().landing / "assistant" / "interactions" / "2026-02-01"
    folder.mkdir(parents=True)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "part-late.jsonl").write_text(lines, "utf-8")
    return len(records)


def texts(count: int) -> list[str]:
    """Questions as the sample writes them, two in a hundred with personal data."""
    with duckdb.connect() as engine:
        rows = engine.execute(
            "select query from read_json($1, format = 'newline_delimited', "
            "columns = {query: 'VARCHAR'}, ignore_errors = true) where query is not null "
            "limit $2",
            [str(Settings().landing / "assistant" / "interactions" / "*" / "*.jsonl"), count],
        ).fetchall()
    return [text for (text,) in rows]


def redact_in_duckdb(count: str) -> int:
    """Redact that many texts with the macro's SQL."""
    from orchestration.privacy.render import render_macro

    return _timed_in_duckdb(int(count), render_macro("redact_pii", "duckdb", "text"))


def redact_with_regexes(count: str) -> int:
    """The same texts through the usual Python loop over seven patterns."""
    patterns = [
        re.compile(pattern)
        for pattern in (
            r"[\w.+-]+@[\w-]+\.[\w.]+",
            r"\b\d{3}-\d{2}-\d{4}\b",
            r"(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}",
            r"\b(?:\d[ -]?){13,16}\b",
            r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
            r"\b\d{1,2}/\d{1,2}/\d{4}\b",
            r"\b\d+ \w+ (?:Street|St|Avenue|Ave|Road|Rd)\b",
        )
    ]
    changed = 0
    for text in texts(int(count)):
        redacted = text
        for pattern in patterns:
            redacted = pattern.sub("[REDACTED]", redacted)
        changed += redacted != text
    return changed


def redact_with_presidio(count: str) -> int:
    """The same texts through Presidio's pattern recognizers, with a blank language model."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

        def process_text(self, text: str, language: str) -> NlpArtifacts:
            document = self.nlp[language](text)
            return NlpArtifacts([], document, [], [], self, language, scores=[])

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    return sum(bool(analyzer.analyze(text, language="en")) for text in texts(int(count)))


def hash_in_duckdb(count: str, keyed: str) -> int:
    """Hash that many identifiers, keyed or with plain sha256."""
    from orchestration.privacy.render import render_macro

    expression = (
        render_macro("hmac_uuid", "duckdb", "'user:' || text") if keyed == "yes" else "sha256(text)"
    )
    return _timed_in_duckdb(int(count), expression, source="'u-' || range from range")


def _timed_in_duckdb(count: int, expression: str, source: str | None = None) -> int:
    with duckdb.connect() as engine:
        inner, outer = pads(bytes(32))
        engine.execute("set variable granary_inner_pad = $1::blob", [inner])
        engine.execute("set variable granary_outer_pad = $1::blob", [outer])
        if source:
            engine.execute(f"create table texts as select {source}({count}) as t(range)")
        return int(engine.execute(f"select count({expression}) from texts").fetchall()[0][0])


Work = Callable[..., Any]
