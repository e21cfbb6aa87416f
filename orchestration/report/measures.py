"""The measures of the executive report: name, label, unit, good direction and definition."""

from __future__ import annotations

from orchestration.report.figures import Better, Measure, Unit

_ROWS: list[tuple[str, str, Unit, Better, str]] = [
    (
        "total_documents", "Documents", "count", "more",
        "Documents uploaded in the period whose processing has completed.",
    ),
    (
        "active_users", "Active users", "count", "more",
        "Distinct people who uploaded a document, asked for an analysis or gave feedback in the "
        "period. Someone active on several days counts once.",
    ),
    (
        "avg_processing_seconds", "Mean processing time", "seconds", "less",
        "Mean seconds from the start of a document's processing to its end, over the counted "
        "documents whose times are known.",
    ),
    (
        "median_processing_seconds", "Median processing time", "seconds", "less",
        "Half of those documents took no longer. Unlike the mean, it is not moved by a few slow "
        "documents.",
    ),
    (
        "feedback_items", "Findings", "count", None,
        "Feedback items that the analyses of the period generated.",
    ),
    (
        "avg_satisfaction", "Mean satisfaction", "score", "more",
        "Mean satisfaction score, 1 to 5, over the analyses of the period that have one.",
    ),
    (
        "total_cost_usd", "Cost", "usd", "less",
        "Cost in US dollars of the analyses of the period.",
    ),
    (
        "high_risk_documents", "High-risk documents", "count", "less",
        "Distinct documents with an analysis of risk High in the period, whenever they were "
        "uploaded.",
    ),
    (
        "documents_per_day", "Documents a day", "ratio", "more",
        "Documents divided by the days of the period, including days without documents.",
    ),
    (
        "cost_per_document_usd", "Cost a document", "usd", "less",
        "Cost divided by documents.",
    ),
    (
        "high_risk_percentage", "High-risk share", "percent", "less",
        "High-risk documents in percent of documents. It can exceed 100 if documents uploaded "
        "earlier are analysed in the period.",
    ),
    (
        "documents_per_user", "Documents a user", "ratio", "more",
        "Documents divided by active users.",
    ),
    (
        "session_minutes", "Minutes in sessions", "minutes", "more",
        "Minutes between a session's first and last audit event within an hour, summed over "
        "sessions and hours.",
    ),
    (
        "session_minutes_per_user", "Session minutes a user", "minutes", "more",
        "Minutes in sessions divided by active users.",
    ),
    (
        "feedback_given", "Feedback given", "count", "more",
        "Items of feedback that people gave on analyses in the period.",
    ),
    (
        "feedback_acceptance_percentage", "Findings accepted", "percent", "more",
        "Feedback that accepts a finding, in percent of feedback that accepts or rejects one.",
    ),
    (
        "avg_feedback_rating", "Mean feedback rating", "score", "more",
        "Mean rating, 1 to 5, over the feedback that has one.",
    ),
    (
        "busiest_hour", "Busiest hour, UTC", "hour", None,
        "The hour of the day with the most uploads, analyses and feedback; on a tie, the earlier.",
    ),
    (
        "uploaded_documents", "Uploads", "count", "more",
        "Documents uploaded in the period, whatever their processing status.",
    ),
    (
        "completed_percentage", "Uploads completed", "percent", "more",
        "Documents whose processing has completed, in percent of uploads.",
    ),
    (
        "total_analyses", "Analyses", "count", "more",
        "Analyses of documents or sections, recorded in the period.",
    ),
    (
        "avg_analysis_seconds", "Mean analysis time", "seconds", "less",
        "Mean seconds from the start of an analysis to its end, where both are known.",
    ),
    (
        "p50_analysis_seconds", "Median analysis time", "seconds", "less",
        "Half of the analyses took no longer.",
    ),
    (
        "p95_analysis_seconds", "95th percentile of analysis time", "seconds", "less",
        "95 % of the analyses took no longer.",
    ),
    (
        "avg_confidence", "Mean confidence", "score", "more",
        "Mean confidence, 0 to 1, that the models stated for their analyses.",
    ),
    (
        "tokens", "Tokens", "count", None,
        "Tokens of prompts and answers.",
    ),
    (
        "cost_per_analysis_usd", "Cost an analysis", "usd", "less",
        "Cost divided by analyses.",
    ),
    (
        "cost_per_day_usd", "Cost a day", "usd", "less",
        "Cost divided by the days of the period.",
    ),
    (
        "cost_per_user_usd", "Cost a user", "usd", "less",
        "Cost divided by active users.",
    ),
    (
        "avg_quality_rating", "Mean quality rating", "score", "more",
        "Mean rating of the analyses, 1 to 5, from satisfaction, confidence and the share of "
        "accepted findings.",
    ),
    (
        "high_risk_analyses_percentage", "Analyses of risk High", "percent", "less",
        "Analyses of risk High, in percent of the analyses whose risk is stated.",
    ),
    (
        "satisfied_percentage", "Satisfied", "percent", "more",
        "Analyses with a satisfaction score of 4 or more, in percent of those that have a score.",
    ),
    (
        "rule_violations", "Rule violations", "count", "less",
        "Records of the document platform that break a quality rule, counted once per rule.",
    ),
]  # fmt: skip

MEASURES = {row[0]: Measure(*row) for row in _ROWS}
