-- Facts, joined to the dimension versions valid on their days, and sorted by day.
create table documents.fct_document_analysis as
select
    a.analysis_id, day_key(a.created_at) as date_key, minute_key(a.created_at) as time_key,
    coalesce(u.user_version_key, nobody()) as user_version_key,
    coalesce(o.organization_version_key, nobody()) as organization_version_key,
    coalesce(u.user_profile_key, nobody()) as user_profile_key,
    case
        when a.ai_model_name is null then nobody()
        else md5(a.ai_model_name || ':' || coalesce(a.ai_model_version, ''))::uuid
    end as ai_model_key,
    coalesce(a.user_key, nobody()) as user_key,
    coalesce(d.organization_id, nobody()) as organization_id,
    a.document_id, a.section_id, a.analysis_date,
    case when completed_at is null then 'incomplete' else 'completed' end as processing_status,
    risk_level, seconds(started_at, completed_at) as processing_duration_seconds,
    token_count as tokens_consumed, a.cost_usd, a.feedback_item_count as feedback_items_generated,
    high_risk_count as high_risk_items, medium_risk_count as medium_risk_items,
    low_risk_count as low_risk_items, a.confidence_score,
    satisfaction_score as user_satisfaction_score,
    cast(floor(
        (coalesce(satisfaction_score::double, 0) + coalesce(1 + 4 * a.confidence_score::double, 0)
            + case when accepted_count + rejected_count > 0
                then 1 + 4 * accepted_count::double / (accepted_count + rejected_count)::double
                else 0 end)
        / nullif((satisfaction_score is not null)::int + (a.confidence_score is not null)::int
            + coalesce((accepted_count + rejected_count > 0)::int, 0), 0)
        + 0.5
    ) as integer) as analysis_quality_rating,
    batch_id, a.created_at
from staging.stg_prism__analysis_results as a
left join staging.stg_prism__documents as d on a.document_id = d.document_id
left join core.dim_users as u
    on a.user_key = u.user_key
    and a.analysis_date >= u.effective_date and a.analysis_date < u.expiry_date
left join core.dim_organizations as o
    on d.organization_id = o.organization_id
    and a.analysis_date >= o.effective_date and a.analysis_date < o.expiry_date
order by analysis_date;

create table documents.fct_user_feedback as
select
    f.feedback_id, day_key(f.created_at) as date_key, minute_key(f.created_at) as time_key,
    coalesce(u.user_version_key, nobody()) as user_version_key,
    coalesce(o.organization_version_key, nobody()) as organization_version_key,
    coalesce(f.user_key, nobody()) as user_key,
    coalesce(f.organization_id, nobody()) as organization_id,
    analysis_id, document_id, section_id, feedback_date,
    feedback_type, category, feedback_action, workflow_status, feedback_rating,
    length(feedback_text)::integer as text_character_count, f.created_at, updated_at
from staging.stg_prism__user_feedback as f
left join core.dim_users as u
    on f.user_key = u.user_key
    and feedback_date >= u.effective_date and feedback_date < u.expiry_date
left join core.dim_organizations as o
    on f.organization_id = o.organization_id
    and feedback_date >= o.effective_date and feedback_date < o.expiry_date
order by feedback_date;

create table documents.fct_audit_events as
select
    e.event_id, day_key(e.created_at) as date_key, minute_key(e.created_at) as time_key,
    coalesce(u.user_version_key, nobody()) as user_version_key,
    coalesce(o.organization_version_key, nobody()) as organization_version_key,
    coalesce(e.user_key, nobody()) as user_key,
    coalesce(e.organization_id, nobody()) as organization_id,
    session_key, ip_address_key, resource_key, event_date,
    event_type, event_category, resource_type, api_path, http_method, e.compliance_flags,
    changed_fields, retention_days, e.created_at
from staging.stg_prism__audit_logs as e
left join core.dim_users as u
    on e.user_key = u.user_key
    and event_date >= u.effective_date and event_date < u.expiry_date
left join core.dim_organizations as o
    on e.organization_id = o.organization_id
    and event_date >= o.effective_date and event_date < o.expiry_date
order by event_date;
