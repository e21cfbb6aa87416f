"""Published marts of the document platform, made of known rows: small enough to count by hand."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from orchestration.core.located import read_yaml
from orchestration.core.settings import PROJECT_DIR
from orchestration.tests.export.published import execute
from orchestration.tests.workspace import Workspace

MARTS = PROJECT_DIR / "models" / "marts"
UNKNOWN = uuid.UUID(int=0)
Row = dict[str, Any]


def key(name: str) -> uuid.UUID:
    """A stable key for a name."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name)


A, B = key("organization A"), key("organization B")
MODEL = "文書モデル <b>&"
PUBLISHED_AT = datetime(2026, 2, 1, 3, 0)


def at(text: str) -> datetime:
    """A UTC time of January 2026, e.g. `11 23:59:59`."""
    return datetime.fromisoformat(f"2026-01-{text}")


def document(name: str, organization: uuid.UUID, user: str, when: str, **more: Any) -> Row:
    uploaded_at = at(when)
    return {
        "document_id": key(name),
        "organization_id": organization,
        "uploader_key": key(user),
        "upload_date": uploaded_at.date(),
        "uploaded_at": uploaded_at,
        "document_type": "report",
        "processing_status": "completed",
    } | more


def analysis(name: str, organization: uuid.UUID, user: str, when: str, **more: Any) -> Row:
    created_at = at(when)
    return {
        "analysis_id": key(name),
        "organization_id": organization,
        "user_key": key(user),
        "user_version_key": key(f"{user} version"),
        "ai_model_key": key("model"),
        "analysis_date": created_at.date(),
        "created_at": created_at,
    } | more


def feedback(name: str, organization: uuid.UUID, user: str, when: str, action: str) -> Row:
    created_at = at(when)
    return {
        "feedback_id": key(name),
        "organization_id": organization,
        "user_key": key(user),
        "user_version_key": key(f"{user} version"),
        "feedback_date": created_at.date(),
        "feedback_action": action,
        "feedback_rating": 4,
        "created_at": created_at,
    }


def user(name: str, organization: uuid.UUID, kind: str, role: str) -> Row:
    return {
        "user_version_key": key(f"{name} version"),
        "user_key": key(name),
        "organization_id": organization,
        "user_type": kind,
        "user_role": role,
        "subscription_tier": "free",
        "effective_date": date(2025, 1, 1),
        "expiry_date": date(9999, 12, 31),
        "is_current": True,
    }


def organization(key_: uuid.UUID, version: uuid.UUID) -> Row:
    return {"organization_version_key": version, "organization_id": key_}


def hour(name: str, when: str, number: int, actions: int, minutes: float) -> Row:
    return {
        "user_key": key(name),
        "activity_date": at(f"{when} 00:00").date(),
        "hour_number": number,
        "documents_processed": 0,
        "ai_interactions": actions,
        "feedback_submissions": 0,
        "session_duration_minutes": minutes,
    }


def violation(stream: str, record: str, rule: str, when: str) -> Row:
    return {
        "stream": f"prism.{stream}",
        "record_key": key(record),
        "rule_name": rule,
        "violation_date": at(f"{when} 00:00").date(),
    }


# The period of the tests is 11 to 20 January 2026, the one before 1 to 10 January.
ROWS: dict[str, list[Row]] = {
    "core.dim_organizations": [
        organization(A, key("A version")),
        organization(B, key("B version")),
        organization(UNKNOWN, UNKNOWN),
    ],
    "core.dim_organization_names": [
        {"organization_id": A, "organization_name": "Northwind 商会"},
    ],
    "core.dim_users": [
        user("ana", A, "administrator", "admin"),
        user("ben", A, "contributor", "analyst"),
        user("cho", B, "reader", "viewer"),
    ],
    "core.dim_ai_models": [
        {"ai_model_key": key("model"), "ai_model_name": MODEL, "ai_model_version": "2.1"},
        {"ai_model_key": key("other"), "ai_model_name": "plain", "ai_model_version": None},
    ],
    "core.dim_documents": [
        document("d0", A, "ana", "01 12:00", processing_seconds=50),
        document("d1", A, "ana", "11 00:00:00", processing_seconds=10, document_type="契約書"),
        document("d2", A, "ben", "20 23:59:59", processing_seconds=30),
        # It failed: neither it nor its time counts.
        document("d3", B, "cho", "15 12:00", processing_seconds=99, processing_status="failed"),
        document("d4", A, "ana", "10 23:59:59", processing_seconds=50),
        document("d5", B, "cho", "21 00:00:00", processing_seconds=7),
        document("d6", B, "cho", "16 12:00"),
    ],
    "documents.fct_document_analysis": [
        analysis(
            "a1", A, "ana", "11 00:00:00", document_id=key("d1"), feedback_items_generated=3,
            cost_usd="0.500000", user_satisfaction_score=5, risk_level="High",
            processing_duration_seconds=2, confidence_score="0.5", tokens_consumed=100,
            analysis_quality_rating=5,
        ),
        # The document of a1: one high-risk document.
        analysis(
            "a2", A, "ben", "12 09:00", document_id=key("d1"), feedback_items_generated=2,
            cost_usd="0.250000", risk_level="High", processing_duration_seconds=4,
            confidence_score="0.7", tokens_consumed=50, ai_model_key=key("other"),
        ),
        # A document of the period before.
        analysis(
            "a3", A, "ana", "20 23:59:59", document_id=key("d4"), feedback_items_generated=1,
            cost_usd="1.250000", user_satisfaction_score=2, risk_level="High",
            analysis_quality_rating=2,
        ),
        analysis(
            "a4", B, "cho", "15 09:00", document_id=key("d6"), feedback_items_generated=0,
            cost_usd="2.000000", user_satisfaction_score=4, risk_level="Low",
            processing_duration_seconds=6,
        ),
        analysis(
            "a5", A, "ana", "10 23:59:59", document_id=key("d4"), feedback_items_generated=4,
            cost_usd="1.000000", user_satisfaction_score=4, risk_level="Medium",
        ),
        analysis(
            "a6", B, "cho", "21 00:00:00", document_id=key("d5"), feedback_items_generated=9,
            cost_usd="100.000000", user_satisfaction_score=1, risk_level="High",
        ),
    ],
    "documents.fct_user_feedback": [
        # Someone who does nothing else, on two days, and has no account: one active user.
        feedback("f1", A, "dee", "13 10:00", "accepted"),
        feedback("f2", A, "dee", "14 10:00", "rejected"),
        feedback("f3", B, "cho", "14 11:00", "accepted"),
        feedback("f4", A, "ana", "10 11:00", "rejected"),
    ],
    "documents.user_analytics_hourly": [
        hour("ana", "11", 9, 3, 30.0),
        hour("ana", "12", 14, 2, 10.0),
        hour("cho", "15", 14, 2, 5.0),
        hour("ana", "10", 8, 1, 60.0),
    ],
    "documents.fct_audit_events": [],
    "governance.rule_violations": [
        violation("documents", "d1", "filename_is_plain", "11"),
        violation("documents", "d6", "filename_is_plain", "16"),
        violation("document_sections", "s1", "order_is_known", "12"),
        violation("documents", "d4", "filename_is_plain", "10"),
        violation("documents", "d5", "filename_is_plain", "21"),
    ],
}  # fmt: skip

# Who acted on a day, whatever the act and however often: one row.
ROWS["documents.active_users_daily"] = [
    {"activity_date": day, "organization_id": organization_id, "user_key": user_key}
    for day, organization_id, user_key in sorted(
        {
            (row[day], row["organization_id"], row[person])
            for mart, day, person in (
                ("core.dim_documents", "upload_date", "uploader_key"),
                ("documents.fct_document_analysis", "analysis_date", "user_key"),
                ("documents.fct_user_feedback", "feedback_date", "user_key"),
            )
            for row in ROWS[mart]
        },
        key=str,
    )
]


def contract(mart: str) -> dict[str, str]:
    """Columns and types of a mart, as its contract states them."""
    folder, name = mart.split(".")
    described = read_yaml(MARTS / folder / f"{name}.yml")
    return {c["name"]: c["data_type"] for c in described["models"][0]["columns"]}


def publish_rows(workspace: Workspace, rows: dict[str, list[Row]]) -> None:
    """Publish marts that hold these rows, on the engine of the workspace."""
    prefix = "serving_" if workspace.postgres else ""
    mark = "%s" if workspace.postgres else "?"
    statements: list[tuple[str, list[Any]]] = []
    for schema in ("core", "documents", "governance"):
        statements += [
            (f"drop schema if exists {prefix}{schema} cascade", []),
            (f"create schema {prefix}{schema}", []),
        ]
    for mart, of_mart in rows.items():
        columns = contract(mart)
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        statements.append((f"create table {prefix}{mart} ({typed})", []))
        for row in of_mart:
            unknown = row.keys() - columns.keys()
            assert not unknown, unknown
            marks = ", ".join(mark for _ in row)
            insert = f"insert into {prefix}{mart} ({', '.join(row)}) values ({marks})"
            statements.append((insert, list(row.values())))
    publication = f"{prefix}governance.publication"
    statements += [
        (f"create table {publication} (published_at timestamp, relation_count bigint)", []),
        (f"insert into {publication} values ({mark}, {mark})", [PUBLISHED_AT, len(rows)]),
    ]
    execute(workspace, statements)
