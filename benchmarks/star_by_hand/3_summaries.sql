-- Summaries, from facts and dimensions.
create table documents.daily_analysis_summary as
select
    analysis_date, organization_id, any_value(date_key) as date_key,
    count(*) as total_analyses,
    sum(processing_duration_seconds)::double
        / nullif(count(processing_duration_seconds)::double, 0) as avg_processing_time,
    median(processing_duration_seconds::double) as median_processing_time,
    coalesce(sum(cost_usd), 0)::numeric(38, 12) as total_cost,
    sum(confidence_score)::double / nullif(count(confidence_score)::double, 0) as avg_confidence,
    coalesce(sum(feedback_items_generated), 0)::bigint as total_feedback_items,
    count(*) filter (where risk_level = 'High') as high_risk_analyses,
    count(*) filter (where user_satisfaction_score >= 4) as satisfied_analyses,
    count(distinct user_key) filter (where user_satisfaction_score >= 4 and user_key != nobody())
        as satisfied_users_count
from documents.fct_document_analysis
group by analysis_date, organization_id;

create table documents.analysis_breakdown_daily as
select
    analysis_date, any_value(date_key) as date_key, ai_model_key, user_profile_key,
    coalesce(risk_level, 'Unknown') as risk_level, count(*) as total_analyses,
    coalesce(sum(cost_usd), 0)::numeric(38, 12) as total_cost_usd,
    coalesce(sum(tokens_consumed), 0)::bigint as total_tokens,
    coalesce(sum(feedback_items_generated), 0)::bigint as total_feedback_items,
    coalesce(sum(high_risk_items), 0)::bigint as total_high_risk_items,
    count(processing_duration_seconds) as timed_analyses,
    coalesce(sum(processing_duration_seconds), 0)::numeric(18, 6) as total_processing_seconds,
    count(user_satisfaction_score) as rated_analyses,
    coalesce(sum(user_satisfaction_score), 0)::numeric(18, 4) as total_satisfaction_score,
    count(confidence_score) as scored_analyses,
    coalesce(sum(confidence_score), 0)::numeric(18, 4) as total_confidence_score
from documents.fct_document_analysis
group by analysis_date, ai_model_key, user_profile_key, coalesce(risk_level, 'Unknown');

create table documents.active_users_daily as
select
    activity_date, organization_id, user_key, day_key(activity_date) as date_key,
    sum(uploads)::bigint as upload_count, sum(analyses)::bigint as analysis_count,
    sum(feedback)::bigint as feedback_count
from (
    select upload_date as activity_date, coalesce(organization_id, nobody()) as organization_id,
        uploader_key as user_key, 1 as uploads, 0 as analyses, 0 as feedback
    from core.dim_documents
    union all
    select analysis_date, organization_id, user_key, 0, 1, 0
    from documents.fct_document_analysis
    union all
    select feedback_date, organization_id, user_key, 0, 0, 1
    from documents.fct_user_feedback
)
where coalesce(user_key, nobody()) != nobody()
group by activity_date, organization_id, user_key;

create table documents.executive_summary_daily as
with processed as (
    select upload_date as summary_date, coalesce(organization_id, nobody()) as organization_id,
        count(*) filter (where processing_status = 'completed') as total_documents,
        coalesce(sum(processing_seconds) filter (where processing_status = 'completed'), 0)
            as processing_seconds,
        count(processing_seconds) filter (where processing_status = 'completed')
            as timed_documents,
        median(processing_seconds::double) filter (where processing_status = 'completed')
            as median_processing_seconds
    from core.dim_documents
    group by 1, 2
),
analysed as (
    select analysis_date as summary_date, organization_id,
        count(*) as total_analyses, sum(feedback_items_generated) as total_feedback_items,
        sum(cost_usd) as total_cost_usd, sum(user_satisfaction_score) as satisfaction_total,
        count(user_satisfaction_score) as rated_analyses,
        count(distinct document_id) filter (where risk_level = 'High') as high_risk_documents
    from documents.fct_document_analysis
    group by 1, 2
),
active as (
    select activity_date as summary_date, organization_id, count(*) as active_users
    from documents.active_users_daily
    group by 1, 2
),
days as (
    select summary_date, organization_id from processed
    union select summary_date, organization_id from analysed
    union select summary_date, organization_id from active
)
select
    summary_date, organization_id, day_key(summary_date) as date_key,
    coalesce(total_documents, 0) as total_documents, coalesce(active_users, 0) as active_users,
    coalesce(total_analyses, 0) as total_analyses,
    coalesce(total_feedback_items, 0)::bigint as total_feedback_items,
    coalesce(high_risk_documents, 0) as high_risk_documents,
    coalesce(total_cost_usd, 0)::numeric(38, 12) as total_cost_usd,
    coalesce(processing_seconds, 0)::numeric(18, 6) as processing_seconds,
    coalesce(timed_documents, 0) as timed_documents,
    coalesce(satisfaction_total, 0)::numeric(18, 4) as satisfaction_total,
    coalesce(rated_analyses, 0) as rated_analyses,
    processing_seconds::double / nullif(timed_documents::double, 0) as avg_processing_seconds,
    median_processing_seconds,
    satisfaction_total::double / nullif(rated_analyses::double, 0) as avg_satisfaction,
    coalesce(total_cost_usd, 0)::double / nullif(total_documents::double, 0)
        as cost_per_document_usd,
    (100 * coalesce(high_risk_documents, 0))::double / nullif(total_documents::double, 0)
        as high_risk_percentage,
    total_documents::double / nullif(active_users::double, 0) as documents_per_user
from days
left join processed using (summary_date, organization_id)
left join analysed using (summary_date, organization_id)
left join active using (summary_date, organization_id);

create table documents.user_analytics_hourly as
select
    user_key, activity_date, hour_number::integer as hour_number,
    day_key(activity_date) as date_key,
    processed_count as documents_processed, analysis_count as ai_interactions,
    feedback_count as feedback_submissions,
    session_microseconds::double / 60000000 as session_duration_minutes,
    satisfaction_total::double / nullif(satisfaction_count::double, 0) as avg_satisfaction_score,
    accepted_count::double / nullif((accepted_count + rejected_count)::double, 0)
        as feedback_acceptance_rate,
    first_value(hour_number::integer) over (
        partition by user_key, activity_date
        order by analysis_count + document_count + feedback_count desc, hour_number
    ) as peak_usage_hour,
    feature_usage
from hours
order by activity_date;
