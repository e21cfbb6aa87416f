"""Where a tail pulls the mean away, the median stands beside it: by hand, on both engines."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.tests.ingest.helpers import interaction
from orchestration.tests.prism import records
from orchestration.tests.workspace import Workspace

AT = "2026-01-10T12:00:00Z"


def _timed(seconds: float) -> dict[str, str]:
    minutes, rest = divmod(seconds, 60)
    ended = f"2026-01-10T{12 + int(minutes // 60):02d}:{int(minutes % 60):02d}:{rest:09.6f}Z"
    return {"started": AT, "completed": ended}


def test_medians_are_what_a_hand_counts(workspace: Workspace) -> None:
    seconds = [1.5, 3.000001, 4, 18_000]
    documents = [
        records.document(
            f"d{number}", AT, processing_started_at=AT,
            processing_completed_at=_timed(took)["completed"],
        )
        for number, took in enumerate(seconds)
    ]  # fmt: skip
    analyses = [
        records.analysis(
            f"a{number}", f"d{number}", AT, analysis_completed_at=_timed(took)["completed"]
        )
        for number, took in enumerate(seconds[:3])
    ]
    workspace.land("organizations", [records.organization("acme", AT)], source="prism")
    workspace.land("documents", documents, source="prism")
    workspace.land("analysis_results", analyses, source="prism")
    workspace.land(
        "interactions",
        [
            interaction(session_id=f"s{n}", response_time=took, user_role=role)
            for n, (took, role) in enumerate(
                [(1.0, "Student"), (2.0, "Student"), (90.0, "Student"), (0.25, "Teacher"),
                 (None, "Teacher"), (7.0, "Teacher")]
            )
        ],
    )  # fmt: skip
    workspace.ingest()
    workspace.build_models()
    assert workspace.query(
        "select avg_processing_seconds, median_processing_seconds "
        "from documents.executive_summary_daily"
    ) == [(pytest.approx(4502.12500025), 3.5000005)]
    assert workspace.query(
        "select analysis_date, median_processing_time from documents.daily_analysis_summary"
    ) == [(date(2026, 1, 10), 3.000001)]
    assert workspace.query(
        "select user_role, avg_response_time, median_response_time "
        "from assistant.business_metrics_daily order by 1"
    ) == [("Student", 31.0, 2.0), ("Teacher", 3.625, 3.625)]
