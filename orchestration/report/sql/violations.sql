-- One row per span, stream and rule of the document platform. With an organization, only its
-- account, people, documents, analyses, feedback and audit events count.
select
    violation_date >= $first_day as in_period,
    stream,
    rule_name,
    count(*) as violations
from {s}governance.rule_violations
where
    violation_date between $before_day and $last_day
    and substr(stream, 1, 6) = 'prism.'
    and (
        cast($organization_id as uuid) is null
        or (stream, record_key) in (
            select
                'prism.organizations' as stream,
                cast($organization_id as uuid) as record_key
            union all
            select
                'prism.users' as stream,
                user_key as record_key
            from {s}core.dim_users
            where organization_id = cast($organization_id as uuid)
            union all
            select
                'prism.documents' as stream,
                document_id as record_key
            from {s}core.dim_documents
            where organization_id = cast($organization_id as uuid)
            union all
            select
                'prism.analysis_results' as stream,
                analysis_id as record_key
            from {s}documents.fct_document_analysis
            where organization_id = cast($organization_id as uuid)
            union all
            select
                'prism.user_feedback' as stream,
                feedback_id as record_key
            from {s}documents.fct_user_feedback
            where organization_id = cast($organization_id as uuid)
            union all
            select
                'prism.audit_logs' as stream,
                event_id as record_key
            from {s}documents.fct_audit_events
            where organization_id = cast($organization_id as uuid)
        )
    )
group by violation_date >= $first_day, stream, rule_name
