"""Published marts made of known rows, without a build, and readers of what was exported."""

from __future__ import annotations

import csv
import functools
import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import psycopg
import pyarrow.parquet as pq
from openpyxl.utils.escape import unescape

from orchestration.dbt.manifest import graph_manifest
from orchestration.export.marts import Relation, governance, mart
from orchestration.policies.reports import registry
from orchestration.tests.workspace import Workspace

PUBLISHED_AT = datetime(2026, 2, 1, 3, 0)
BROKEN_ON = datetime.now(UTC).date()
Row = dict[str, Any]

# What a person may type, and what a program may make of it.
NASTY = [
    "契約書「第1条」、ﾊﾝｶｸ",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1-555",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "''=1",
    "'tis",
    "＝１＋１",
    "a,b;c",
    'say "so"',
    "two\r\nlines",
    "_x0041_",
    " blanks ",
    "",
    "NULL",
    "𠮷野家 👩‍💻",
]  # fmt: skip


def key(name: object) -> uuid.UUID:
    """A stable key for a name."""
    return uuid.uuid5(uuid.NAMESPACE_OID, str(name))


def interaction(number: int, day: date, **more: Any) -> Row:
    return {
        "interaction_key": key(number),
        "session_key": key("session"),
        "query_key": key("query"),
        "date_key": int(day.strftime("%Y%m%d")),
        "time_key": 930,
        "activity_date": day,
        "user_role": "Student",
        "query_type": "general",
        "response_milliseconds": 1200,
        "is_successful": True,
        "asked_at": datetime(day.year, day.month, day.day, 9, 30, 2, 500_001),
    } | more


def day(number: int) -> date:
    """A day of January 2026."""
    return date(2026, 1, number)


def at(text: str) -> datetime:
    """A time of January 2026, UTC."""
    return datetime.fromisoformat(f"2026-01-{text}")


# The last day that has data is the 20th for the assistant, the 19th for the document platform.
ROWS: dict[str, list[Row]] = {
    "fct_assistant_interactions": [
        *(interaction(i, day(10), user_role=text) for i, text in enumerate(NASTY)),
        interaction(100, day(1)),
        interaction(101, day(11), query_type="-1", response_milliseconds=-5),
        interaction(102, day(19), asked_at=at("19 23:59:59.999999"), is_successful=False),
        interaction(103, day(20), asked_at=at("20 00:00:00"), user_rating=5),
    ],
    "business_metrics_daily": [
        {"activity_date": day(20), "user_role": "教師", "session_count": 2, "conversion_rate": 0.5},
        {"activity_date": day(1), "user_role": "Student", "session_count": 1},
    ],
    "daily_analysis_summary": [
        {"analysis_date": day(19), "organization_id": key("A"), "total_cost": Decimal("1.250001")},
    ],
    "executive_summary_daily": [],
    "system_performance": [
        {"metric_key": key(1), "metric_date": day(20), "timestamp": at("20 12:00"),
         "metric_name": "temperature", "metric_value": -1.5, "component": "=cmd",
         "is_alert": False},
        {"metric_key": key(2), "metric_date": day(20), "timestamp": at("20 12:01"),
         "metric_name": "ratio", "metric_value": float("nan"), "component": "api",
         "is_alert": False},
    ],
    "query_performance": [
        {"query_key": key("q"), "query_normalized": "=1+1 とは", "total_asks": 2**53 + 1,
         "last_asked": at("20 23:59:59")},
        {"query_key": key("old"), "query_normalized": "old", "total_asks": 1,
         "last_asked": datetime(2025, 1, 1)},
    ],
    "fct_document_analysis": [
        {"analysis_id": key("a1"), "analysis_date": day(18), "cost_usd": Decimal("0.500000"),
         "risk_level": "High", "created_at": at("18 01:02:03")},
    ],
    "fct_user_feedback": [
        {"feedback_id": key("f1"), "feedback_date": day(19), "feedback_action": "accepted"},
    ],
    "session_analytics": [
        {"session_key": key("session"), "start_time": at("18 23:59:59"), "total_queries": 3},
    ],
    "content_effectiveness": [
        {"access_date": day(17), "content_id": "=c-1", "access_count": 2},
    ],
    "fct_audit_events": [
        {"event_id": key("e1"), "event_date": day(16), "event_type": "document.viewed"},
    ],
    "quality_scores": [{"source_system": "assistant", "score": 0.98}],
    "rule_violations": [
        {"stream": "prism.documents", "rule_name": "filename_is_plain",
         "violation_date": BROKEN_ON, "record_key": key("d1")},
        {"stream": "prism.documents", "rule_name": "filename_is_plain",
         "violation_date": date(2020, 1, 1), "record_key": key("d0")},
    ],
    "node_results": [
        {"invocation_id": "i", "unique_id": "test.granary.t", "status": "pass",
         "completed_at": at("20 03:00")},
    ],
    "lifecycle_log": [
        {"entry_id": key("l"), "run_id": "r", "relation": "raw.assistant_interactions",
         "policy": "履歴", "transition": "delete", "row_count": 7,
         "acted_at": datetime.now(UTC).replace(tzinfo=None)},
    ],
}  # fmt: skip


@functools.cache
def relations() -> dict[str, Relation]:
    """Every relation that a report or the bundle may hold, as dbt describes it."""
    manifest = graph_manifest()
    names = {table.mart for report in registry().reports.values() for table in report.tables}
    return {r.name: r for r in (*(mart(manifest, n) for n in names), *governance(manifest))}


def publish_rows(workspace: Workspace, rows: Mapping[str, Sequence[Row]] = ROWS) -> None:
    """Publish marts and books that hold these rows, on the engine of the workspace."""
    prefix = "serving_" if workspace.postgres else ""
    mark = "%s" if workspace.postgres else "?"
    described = relations()
    statements: list[tuple[str, list[Any]]] = []
    for schema in sorted({r.schema for r in described.values()}):
        statements += [
            (f"drop schema if exists {prefix}{schema} cascade", []),
            (f"create schema {prefix}{schema}", []),
        ]
    for name, relation in described.items():
        typed = ", ".join(f'"{c.name}" {c.data_type}' for c in relation.columns)
        statements.append((f"create table {prefix}{relation.schema}.{name} ({typed})", []))
        for row in rows.get(name, ()):
            listed = ", ".join(f'"{c}"' for c in row)
            marks = ", ".join(mark for _ in row)
            insert = f"insert into {prefix}{relation.schema}.{name} ({listed}) values ({marks})"
            statements.append((insert, list(row.values())))
    publication = f"{prefix}governance.publication"
    statements += [
        (f"create table {publication} (published_at timestamp, relation_count bigint)", []),
        (f"insert into {publication} values ({mark}, {mark})", [PUBLISHED_AT, len(described)]),
    ]
    execute(workspace, statements)


def execute(workspace: Workspace, statements: Sequence[tuple[str, list[Any]]]) -> None:
    """Change what is published behind Granary's back."""
    if workspace.postgres:
        with psycopg.connect(
            host=workspace.postgres["PGHOST"],
            user=workspace.postgres["PGUSER"],
            dbname=workspace.postgres["PGDATABASE"],
        ) as server:
            for statement, values in statements:
                server.execute(statement.encode(), values)
        return
    with duckdb.connect(str(workspace.settings.serving)) as file:
        for statement, values in statements:
            file.execute(statement, values)


def logged(workspace: Workspace) -> list[Row]:
    """Entries of the book of exports, taken or waiting, the oldest first."""
    entries = [
        json.loads(path.read_text("utf-8"))
        for path in workspace.settings.operations.glob("export_log.*.json")
    ]
    taken = workspace.postgres and workspace.query(
        "select 1 from information_schema.tables where table_name = 'export_log' "
        "and table_schema = 'governance'"
    )
    if taken:
        found = workspace.query("select to_jsonb(e) from governance.export_log as e")
        entries += [entry for (entry,) in found]
    return sorted(entries, key=lambda e: (e["exported_at"], e.get("removed_at") or ""))


def member(path: Path, name: str) -> bytes:
    """A file of an archive."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Records of a CSV file, as Python's own reader sees them."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def read_json(content: bytes) -> list[Row]:
    """Records of a file with one JSON object a line."""
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line]


def read_parquet(path: Path) -> list[Row]:
    """Records of a Parquet file, as Arrow sees them."""
    rows: list[Row] = pq.read_table(path).to_pylist()
    return rows


def read_sheet(path: Path, sheet: str) -> list[Row]:
    """Records of a sheet, as openpyxl sees them, escapes of control characters undone."""
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        head, *lines = book[sheet].iter_rows(values_only=True)
    finally:
        book.close()
    return [{str(n): unescaped(v) for n, v in zip(head, line, strict=False)} for line in lines]


def unescaped(value: Any) -> Any:
    """A cell's text, with what OOXML writes as _xHHHH_ (ECMA-376, 22.9.2.19) undone."""
    if not isinstance(value, str):
        return value
    return unescape(value)
