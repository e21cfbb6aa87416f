"""Rows of the document platform's tables, one by one, with everything a contract requires."""

from __future__ import annotations

import uuid
from typing import Any

Record = dict[str, Any]


def key(name: str) -> str:
    """A stable id for a name, such as a person's."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def organization(name: str, updated_at: str, **columns: Any) -> Record:
    """A version of an organization."""
    return {
        "id": key(name),
        "name": f"{name} Ltd.",
        "domain": f"{name}.example.com",
        "subscription_tier": "free",
        "settings": {"theme": "dark"},
        "data_retention_days": 2555,
        "compliance_flags": ["gdpr"],
        "created_at": "2025-12-01T00:00:00Z",
        "updated_at": updated_at,
    } | columns


def user(name: str, updated_at: str, **columns: Any) -> Record:
    """A version of a person's account in organization `acme`."""
    return {
        "id": key(name),
        "organization_id": key("acme"),
        "email": f"{name}@acme.example.com",
        "first_name": name.title(),
        "last_name": "佐藤",
        "role": "viewer",
        "department": "legal",
        "geographic_region": "apac",
        "mfa_enabled": False,
        "created_at": "2025-12-10T08:00:00Z",
        "updated_at": updated_at,
    } | columns


def deletion(table: str, name: str, detected_at: str) -> Record:
    """A tombstone."""
    return {"table_name": table, "id": key(name), "detected_at": detected_at}


def document(name: str, created_at: str, **columns: Any) -> Record:
    """A processed document that ann uploaded for organization `acme`."""
    return {
        "id": key(name),
        "organization_id": key("acme"),
        "uploaded_by": key("ann"),
        "filename": f"{name}.pdf",
        "file_size": 20_000,
        "file_hash": name,
        "mime_type": "application/pdf",
        "processing_status": "completed",
        "created_at": created_at,
        "updated_at": created_at,
    } | columns


def analysis(name: str, document_name: str, created_at: str, **columns: Any) -> Record:
    """An analysis of a document that ann asked for."""
    return {
        "id": key(name),
        "document_id": key(document_name),
        "ai_model_name": "prism-large",
        "ai_model_version": "1.0",
        "analysis_started_at": created_at,
        "analysis_completed_at": created_at,
        "feedback_items": [{"text": "vague", "risk_level": "High", "confidence": 0.7}],
        "risk_assessment": "High",
        "confidence_score": 0.8,
        "tokens_used": 1000,
        "cost_usd": 0.25,
        "created_at": created_at,
        "created_by": key("ann"),
    } | columns


def feedback(name: str, analysis_name: str, created_at: str, **columns: Any) -> Record:
    """Feedback of ann on an analysis."""
    return {
        "id": key(name),
        "user_id": key("ann"),
        "organization_id": key("acme"),
        "analysis_result_id": key(analysis_name),
        "feedback_type": "content",
        "action": "accepted",
        "feedback_rating": 4,
        "created_at": created_at,
        "updated_at": created_at,
    } | columns


def event(name: str, created_at: str, **columns: Any) -> Record:
    """An event of ann in the audit log."""
    return {
        "id": key(name),
        "organization_id": key("acme"),
        "user_id": key("ann"),
        "session_id": "s-1",
        "event_type": "document.viewed",
        "event_category": "activity",
        "created_at": created_at,
    } | columns
