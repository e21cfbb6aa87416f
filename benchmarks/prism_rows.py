"""Raw rows of the document platform, drawn by the engine: any size in a minute.

The loader is measured elsewhere; these rows are put where it puts them, on either engine. Numbers
come from DuckDB's hash of the row's number, so the same size is the same rows.
"""

from __future__ import annotations

from orchestration.core.contracts import Stream, load_contracts
from orchestration.core.settings import Settings
from orchestration.ingest.raw_schema import append, prepare
from orchestration.warehouse.configured import warehouse_of
from orchestration.warehouse.protocol import Writing

DAYS = 60
START = "timestamp '2026-01-01'"
SPAN = DAYS * 86_400
ANALYSES_A_DOCUMENT = 6


def fill(analyses: str, users: str, versions: str) -> dict[str, int]:
    """Fill an empty warehouse; returns rows by stream.

    Args:
        analyses: analyses, and as many sections and audit events.
        users: people.
        versions: versions of each person.
    """
    contracts = load_contracts()
    rows: dict[str, int] = {}
    with warehouse_of(Settings()).writing() as warehouse:
        prepare(warehouse, list(contracts.values()))
        create_macros(warehouse)
        for number, name in enumerate(_QUERIES, 1):
            body = query(name, int(analyses), int(users), int(versions))
            rows[name] = put(warehouse, contracts["prism", name], number, body)
    return rows


def create_macros(warehouse: Writing) -> None:
    """What the queries draw with."""
    for macro in _MACROS:
        warehouse.engine.execute(macro)


def query(stream: str, analyses: int, users: int, versions: int) -> str:
    """The query that draws a stream's rows, for a warehouse of a size."""
    return _QUERIES[stream].format(
        span=SPAN,
        start=START,
        analyses=analyses,
        users=users,
        versions=versions,
        documents=max(1, analyses // ANALYSES_A_DOCUMENT),
        feedback=max(1, analyses // 3),
        organizations=max(4, users // 100),
    )


def put(warehouse: Writing, stream: Stream, batch: int, rows: str) -> int:
    """Put the rows of a query into a raw table as one batch; returns how many."""
    table = stream.relation
    with warehouse.transaction():
        [(count,)] = warehouse.engine.execute(
            f"insert into {table} by name select *, cast({stream.event_time} as date) as "
            f"_event_date, {batch} as _file_id, row_number() over () as _line, "
            f"{batch} as _batch_id from ({rows})"
        ).fetchall()
        days = warehouse.engine.execute(
            f"select distinct _event_date from {table} where _batch_id = {batch}"
        ).fetchall()
        warehouse.take_in(table)
        append(
            warehouse,
            "window_changes",
            [(stream.source, stream.name, day, batch) for (day,) in days],
        )
    return int(count)


_MACROS = (
    # An id of a kind of thing, from its number.
    "create temp macro id(kind, i) as cast(md5(kind || i) as uuid)",
    "create temp macro draw(i, salt, bound) as cast(hash(i, salt) % bound as bigint)",
    "create temp macro pick(i, salt, texts) as texts[1 + draw(i, salt, len(texts))]",
    # A document's moment, and the person and organization it belongs to.
    f"create temp macro moment(d) as {START} + to_seconds(draw(d, 'at', {SPAN} - 4000))",
    "create temp macro owner(d, users) as draw(d, 'owner', users)",
)
_QUERIES = {
    "organizations": """
        select id('o', i) as id, 'Organization ' || i as name,
            pick(i, version, ['free', 'standard', 'professional', 'enterprise'])
                as subscription_tier,
            2555 as data_retention_days, cast('["gdpr"]' as json) as compliance_flags,
            {start} - interval 90 day as created_at,
            case when version = 0 then {start} - interval 90 day
                else {start} + to_seconds(draw(i, version, {span})) end as updated_at
        from range({organizations}) as o (i), range(3) as v (version)""",
    "users": """
        select id('u', i) as id, id('o', i % {organizations}) as organization_id,
            'person' || i || '@example.com' as email, true as email_verified,
            'Person ' || i as first_name,
            pick(i, 'r' || version // 2, ['viewer', 'analyst', 'reviewer', 'admin']) as role,
            pick(i, 'd' || version // 3, ['legal', 'sales', 'finance', 'hr']) as department,
            pick(i, 'g', ['apac', 'emea', 'amer']) as geographic_region,
            version % 2 = 0 as mfa_enabled, 'internal' as data_classification_level,
            {start} - interval 60 day as created_at,
            case when version = 0 then {start} - interval 60 day
                else {start} + to_seconds(draw(i, version, {span})) end as updated_at,
            case when version = {versions} - 1 and i % 50 = 0
                then {start} + to_seconds(draw(i, version, {span})) end as deleted_at
        from range({users}) as u (i), range({versions}) as v (version)""",
    "documents": """
        select id('d', d) as id, id('u', owner(d, {users})) as uploaded_by,
            id('o', owner(d, {users}) % {organizations}) as organization_id,
            case when d % 97 = 0 then 'not plain.exe' else 'report-' || d || '.pdf' end as filename,
            2000 + draw(d, 'size', 9000000) as file_size,
            md5('file' || case when d % 101 = 0 then 0 else d end) as file_hash,
            'application/pdf' as mime_type,
            pick(d, 'type', ['contract', 'report', 'policy', 'invoice']) as document_type,
            'internal' as document_classification, pick(d, 'lang', ['en', 'ja']) as language_code,
            draw(d, 'words', 9000) as word_count, 1 + draw(d, 'pages', 40) as page_count,
            'completed' as processing_status, moment(d) as processing_started_at,
            moment(d) + to_seconds(20 + draw(d, 'took', 200)) as processing_completed_at,
            d % 50 = 0 as legal_hold, moment(d) as created_at,
            moment(d) + to_seconds(300) as updated_at
        from range({documents}) as t (d)
        order by created_at""",
    "document_sections": """
        select id('s', i) as id, id('d', d) as document_id, 'Section ' || i % 6 as section_name,
            'body' as section_type, 1 + i % 6 as section_order,
            'Plain text of a section that nobody will read' as content,
            draw(i, 'words', 900) as word_count,
            draw(i, 'complexity', 100) / 100 as complexity_score, 'completed' as ai_analysis_status,
            moment(d) + to_seconds(10) as created_at
        from (select i, i // 6 % {documents} as d from range({analyses}) as t (i))
        order by created_at""",
    "analysis_results": """
        select id('a', i) as id, id('d', d) as document_id, id('s', i) as section_id,
            pick(i, 'model', ['prism-large', 'prism-small', 'prism-mini']) as ai_model_name,
            pick(i, 'version', ['1.0', '1.1', '2.0']) as ai_model_version,
            moment(d) + to_seconds(60) as analysis_started_at,
            moment(d) + to_seconds(60) + to_milliseconds(500 + draw(i, 'took', 60000))
                as analysis_completed_at,
            cast('[{{"text": "Clause ' || i % 50 || ' is vague", "risk_level": "'
                || pick(i, 'risk', ['Low', 'Medium', 'High'])
                || '", "confidence": 0.7}}, {{"text": "Date", "risk_level": "Low"}}]' as json)
                as feedback_items,
            pick(i, 'risk', ['Low', 'Medium', 'High']) as risk_assessment,
            draw(i, 'confidence', 100) / 100 as confidence_score,
            500 + draw(i, 'tokens', 4000) as tokens_used,
            draw(i, 'cost', 1000000) / 1000000 as cost_usd,
            case when i % 5 = 0 then 1.0 + draw(i, 'score', 5) end as user_satisfaction_score,
            draw(i, 'yes', 3) as feedback_accepted_count,
            draw(i, 'no', 2) as feedback_rejected_count,
            moment(d) + to_seconds(120 + i % 6) as created_at,
            id('u', owner(d, {users})) as created_by
        from (select i, i // 6 % {documents} as d from range({analyses}) as t (i))
        order by created_at""",
    "user_feedback": """
        select id('f', i) as id, id('u', owner(d, {users})) as user_id,
            id('o', owner(d, {users}) % {organizations}) as organization_id,
            id('a', i * 3) as analysis_result_id, id('d', d) as document_id,
            'content' as feedback_type, 'clarity' as category,
            pick(i, 'action', ['accepted', 'accepted', 'rejected', 'custom', 'modified'])
                as action,
            case when i % 4 = 0 then 'The clause could be clearer' end as custom_feedback_text,
            1 + draw(i, 'rating', 5) as feedback_rating, 'submitted' as workflow_status,
            moment(d) + to_seconds(600 + i % 60) as created_at,
            moment(d) + to_seconds(900) as updated_at, '192.0.2.' || i % 250 as ip_address
        from (select i, i * 3 // 6 % {documents} as d from range({feedback}) as t (i))
        order by created_at""",
    "audit_logs": """
        select id('e', i) as id, id('u', owner(d, {users})) as user_id,
            id('o', owner(d, {users}) % {organizations}) as organization_id,
            's' || owner(d, {users}) || '-' || d as session_id,
            pick(i, 'event', ['document.viewed', 'user.login', 'analysis.requested'])
                as event_type,
            'activity' as event_category, 'Something happened' as event_description,
            'document' as resource_type, id('d', d) as resource_id,
            '/api/v1/documents/' || i as api_endpoint, 'GET' as http_method,
            2555 as retention_period_days,
            moment(d) + to_seconds(i % 6 * 60) as created_at
        from (select i, i // 6 % {documents} as d from range({analyses}) as t (i))
        order by created_at""",
}
