"""Facts find the version that was valid, and follow when history or a document changes later."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest

from orchestration.tests.prism.records import (
    Record,
    analysis,
    document,
    event,
    feedback,
    key,
    organization,
    user,
)
from orchestration.tests.workspace import Workspace

STAR = (
    "--select", "+path:models/marts/documents", "+quality_scores", "dim_users_current",
    "dim_organizations_current",
)  # fmt: skip
ACME, OTHER, NOBODY = (uuid.UUID(key("acme")), uuid.UUID(key("other")), uuid.UUID(int=0))

# Day by day; what comes late is told by its own times.
DELIVERIES: list[dict[str, list[Record]]] = [
    {
        "organizations": [organization("acme", "2026-01-01T00:00:00Z")],
        "users": [
            user("ann", "2026-01-02T00:00:00Z"),
            user("ann", "2026-01-10T00:00:00Z", role="analyst"),
        ],
        "documents": [
            document("plan", "2026-01-09T10:00:00Z", processing_started_at="2026-01-09T10:00:00Z",
                     processing_completed_at="2026-01-09T10:01:30Z"),
            document("copy", "2026-01-09T11:00:00Z", file_hash="plan", filename="no good.exe"),
        ],
        "analysis_results": [
            # Its document is delivered later.
            analysis("early", "late", "2026-01-10T12:00:00Z", confidence_score=7, cost_usd=0.1),
            # The last moment of one version, the first of the next.
            analysis("before", "plan", "2026-01-09T23:59:59.999999Z", user_satisfaction_score=4.5),
            analysis("after", "plan", "2026-01-10T00:00:00Z", user_satisfaction_score=2,
                     risk_assessment="Severe", feedback_items={"not": "an array"}),
            analysis("orphan", "plan", "2026-01-10T13:00:00Z", created_by=key("nobody"),
                     cost_usd=4e-7),
        ],
        "user_feedback": [
            feedback("yes", "before", "2026-01-10T09:00:00Z"),
            feedback("no", "gone", "2026-01-10T09:30:00Z", action="rejected", feedback_rating=9),
        ],
        "audit_logs": [
            event("e1", "2026-01-10T09:00:00Z"),
            event("e2", "2026-01-10T09:20:30Z", event_type="user.updated", resource_type="user",
                  resource_id=key("ann"), before_value={"role": "viewer", "email": "a@b.example"},
                  after_value={"role": "analyst", "email": "a@b.example"}),
            event("of the machine", "2026-01-10T11:00:00Z", user_id=None, organization_id=None),
        ],
    },
    {
        "documents": [document("late", "2026-01-08T10:00:00Z", organization_id=key("other"))],
        "organizations": [organization("other", "2026-01-05T00:00:00Z",
                                       subscription_tier="pro")],
        # A version that comes late moves the analyses of the days after it.
        "users": [user("ann", "2026-01-04T00:00:00Z", department="sales")],
        "user_feedback": [feedback("yes", "before", "2026-01-10T09:00:00Z", action="rejected",
                                   updated_at="2026-02-01T00:00:00Z")],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def star(module_workspace: Workspace) -> Workspace:
    """A warehouse that was built after each delivery."""
    for delivery in DELIVERIES:
        for stream, records in delivery.items():
            module_workspace.land(stream, records, source="prism")
        module_workspace.ingest()
        module_workspace.build_models(*STAR)
    return module_workspace


def test_an_analysis_has_the_version_of_its_day(star: Workspace) -> None:
    found = star.query(
        "select facts.analysis_id, users.user_role, users.department, users.effective_date "
        "from documents.fct_document_analysis as facts "
        "inner join core.dim_users as users using (user_version_key)"
    )
    assert {row[0]: row[1:] for row in found} == {
        uuid.UUID(key("before")): ("viewer", "sales", date(2026, 1, 4)),
        uuid.UUID(key("after")): ("analyst", "legal", date(2026, 1, 10)),
        uuid.UUID(key("early")): ("analyst", "legal", date(2026, 1, 10)),
        uuid.UUID(key("orphan")): ("unknown", "unknown", date(1900, 1, 1)),
    }


def test_an_analysis_follows_its_document(star: Workspace) -> None:
    found = star.query(
        "select facts.analysis_id, facts.organization_id, organizations.subscription_tier "
        "from documents.fct_document_analysis as facts "
        "inner join core.dim_organizations as organizations using (organization_version_key)"
    )
    assert {row[0]: row[1:] for row in found} == {
        uuid.UUID(key("before")): (ACME, "free"),
        uuid.UUID(key("after")): (ACME, "free"),
        uuid.UUID(key("early")): (OTHER, "pro"),
        uuid.UUID(key("orphan")): (ACME, "free"),
    }


def test_measures_are_those_delivered(star: Workspace) -> None:
    found = star.query(
        "select cost_usd, feedback_items_generated, high_risk_items, risk_level, "
        "confidence_score, analysis_quality_rating from documents.fct_document_analysis "
        "order by created_at"
    )
    assert found == [
        # Satisfaction 4.5 and confidence 0.8, which is 4.2 of 5.
        (Decimal("0.25"), 1, 1, "High", Decimal("0.8"), 4),
        # Of an object no findings are counted; satisfaction 2 and 4.2.
        (Decimal("0.25"), None, None, "other", Decimal("0.8"), 3),
        (Decimal("0.1"), 1, 1, "High", None, None),
        # Less than a millionth of a dollar.
        (Decimal("0.0000004"), 1, 1, "High", Decimal("0.8"), 4),
    ]


def test_summaries_add_up_by_hand(star: Workspace) -> None:
    assert star.query(
        "select analysis_date, organization_id, total_analyses, total_cost, "
        "total_feedback_items, satisfied_users_count from documents.daily_analysis_summary "
        "order by 1, 4"
    ) == [
        (date(2026, 1, 9), ACME, 1, Decimal("0.25"), 1, 1),
        (date(2026, 1, 10), OTHER, 1, Decimal("0.1"), 1, 0),
        (date(2026, 1, 10), ACME, 2, Decimal("0.2500004"), 1, 0),
    ]
    by_risk = star.query(
        "select risk_level, sum(total_analyses), sum(total_cost_usd), sum(scored_analyses), "
        "sum(total_confidence_score), sum(rated_analyses), sum(total_satisfaction_score) "
        "from documents.analysis_breakdown_daily group by 1 order by 1"
    )
    assert by_risk == [
        ("High", 3, Decimal("0.3500004"), 2, Decimal("1.6"), 1, Decimal("4.5")),
        ("other", 1, Decimal("0.25"), 1, Decimal("0.8"), 1, Decimal("2")),
    ]
    # The role of the day: `before` is of the last day of one, `after` and `early` of the next.
    by_role = star.query(
        "select user_role, sum(total_analyses) from documents.analysis_breakdown_daily "
        "join core.dim_user_profiles using (user_profile_key) group by 1 order by 2 desc, 1"
    )
    assert by_role == [("analyst", 2), ("unknown", 1), ("viewer", 1)]
    executive = star.query(
        "select summary_date, organization_id, total_documents, active_users, total_analyses, "
        "high_risk_documents, avg_processing_seconds, avg_satisfaction, total_cost_usd "
        "from documents.executive_summary_daily order by 1, 5"
    )
    assert executive == [
        (date(2026, 1, 8), OTHER, 1, 1, 0, 0, None, None, 0),
        (date(2026, 1, 9), ACME, 2, 1, 1, 1, 90.0, 4.5, Decimal("0.25")),
        (date(2026, 1, 10), OTHER, 0, 1, 1, 1, None, None, Decimal("0.1")),
        (date(2026, 1, 10), ACME, 0, 2, 2, 1, None, 2.0, Decimal("0.2500004")),
    ]


def test_a_join_by_what_a_thing_is_now_keeps_every_row_once(star: Workspace) -> None:
    versions = star.value("select count(*) from core.dim_users")
    people = star.value("select count(distinct user_key) from core.dim_users")
    assert versions > people > 1
    for entity, key_column, version_key in (
        ("users", "user_key", "user_version_key"),
        ("organizations", "organization_id", "organization_version_key"),
    ):
        now = f"core.dim_{entity}_current"
        of_all = f"select count(distinct {key_column}) from core.dim_{entity}"
        assert star.value(f"select count(*) from {now}") == star.value(of_all)
        for fact in ("fct_document_analysis", "fct_user_feedback", "fct_audit_events"):
            count = star.value(f"select count(*) from documents.{fact}")
            for dimension, column in ((now, key_column), (f"core.dim_{entity}", version_key)):
                joined = f"documents.{fact} join {dimension} using ({column})"
                # Who made one analysis was never delivered: no row says what they are now.
                nobody = (fact, dimension) == ("fct_document_analysis", "core.dim_users_current")
                assert star.value(f"select count(*) from {joined}") == count - nobody > 0
    assert star.query(
        "select distinct user_key, organization_id from documents.fct_audit_events "
        f"where event_id = '{key('of the machine')}'"
    ) == [(NOBODY, NOBODY)]
    assert star.query(
        "select user_role, is_current from core.dim_users_current where user_key = "
        "(select user_key from documents.fct_user_feedback limit 1)"
    ) == [("analyst", True)]


def test_hours_of_a_person_add_up_by_hand(star: Workspace) -> None:
    hours = star.query(
        "select hour_number, ai_interactions, feedback_submissions, session_duration_minutes, "
        "feedback_acceptance_rate, peak_usage_hour, feature_usage "
        "from documents.user_analytics_hourly "
        "where activity_date = date '2026-01-10' and documents_processed = 0 "
        "and user_key = (select user_key from documents.fct_document_analysis "
        f"where analysis_id = '{key('after')}') order by 1"
    )
    usage = '{"document.viewed":1,"user.updated":1}'
    assert hours == [
        (0, 1, 0, 0.0, None, 9, "{}"),
        (9, 0, 2, 20.5, 0.0, 9, usage),
        (12, 1, 0, 0.0, None, 9, "{}"),
    ]


def test_feedback_has_its_latest_state(star: Workspace) -> None:
    found = star.query(
        "select feedback_action, feedback_rating from documents.fct_user_feedback "
        "order by created_at"
    )
    assert found == [("rejected", 4), ("rejected", None)]


def test_of_changed_values_only_the_names_are_kept(star: Workspace) -> None:
    [(fields, resource, person)] = star.query(
        "select changed_fields, resource_key, user_key from documents.fct_audit_events "
        "where event_type = 'user.updated'"
    )
    assert fields == "role"
    assert resource == person != uuid.UUID(key("ann"))


def test_what_breaks_a_rule_stays_and_is_listed(star: Workspace) -> None:
    found = star.query("select rule_name, record_key from governance.rule_violations")
    assert sorted(found) == sorted(
        (rule, uuid.UUID(key(record)))
        for rule, record in [
            ("analysis_exists", "no"),
            ("confidence_score_is_possible", "early"),
            ("feedback_items_are_an_array", "after"),
            ("feedback_rating_is_possible", "no"),
            ("file_is_unique", "copy"),
            ("filename_is_plain", "copy"),
            ("risk_assessment_is_known", "after"),
            ("uploader_belongs_to_organization", "late"),
        ]
    )
    assert star.value("select count(*) from documents.fct_document_analysis") == 4


FACT = ("--select", "+fct_document_analysis")
PARTITIONS = (
    "select cast(inhrelid::regclass as text), pg_get_expr(relpartbound, oid) "
    "from pg_inherits inner join pg_class on oid = inhrelid "
    "where inhparent = 'documents.fct_document_analysis'::regclass order by 1"
)
JANUARY = "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"
FEBRUARY = "FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')"


def test_facts_lie_in_the_order_of_their_days(star: Workspace) -> None:
    """So DuckDB skips row groups; PostgreSQL has partitions."""
    if star.postgres:
        pytest.skip("PostgreSQL has partitions")
    [(days, unordered)] = star.query(
        "select count(distinct analysis_date), count(*) filter (where analysis_date < previous) "
        "from (select analysis_date, lag(analysis_date) over (order by rowid) as previous "
        "from documents.fct_document_analysis)"
    )
    assert (days, unordered) == (2, 0)


def test_a_month_has_a_partition_from_its_first_row_on(star: Workspace) -> None:
    if not star.postgres:
        pytest.skip("DuckDB has no partitions")
    table = "documents.fct_document_analysis"
    assert star.query(PARTITIONS) == [(f"{table}_2026_01", JANUARY)]
    star.land("analysis_results", [analysis("new", "plan", "2026-02-28T23:59:59Z")], "prism")
    star.ingest()
    star.build_models(*FACT)
    months = [(f"{table}_2026_01", JANUARY), (f"{table}_2026_02", FEBRUARY)]
    assert star.query(PARTITIONS) == months
    assert star.value(f"select count(*) from {table}_2026_02") == 1
    # Built anew beside the old table, whose partitions hold their names until it is gone.
    star.build_models(*FACT, "--full-refresh")
    assert star.query(PARTITIONS) == [(f"{name}_b", bounds) for name, bounds in months]
    star.build_models(*FACT, "--full-refresh")
    assert star.query(PARTITIONS) == months
    assert star.value(f"select count(*) from {table}") == 5
