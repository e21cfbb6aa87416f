-- One row per UTC day and organization in which something happened: what executives read.
-- depends_on: {{ ref('stg_prism__documents') }}
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    window_column='summary_date',
    unique_key='summary_date',
) }}

with documents as (

    select
        upload_date as summary_date,
        coalesce(organization_id, {{ unknown_key() }}) as organization_id,
        processing_status,
        processing_seconds
    from {{ ref('dim_documents') }}
    {% if is_incremental() -%}
    where
        {{ in_changed_window('upload_date') }}
        or upload_date in ({{ days_of_changed_documents() }})
    {%- endif %}

),

analyses as (

    select
        analysis_date as summary_date,
        organization_id,
        document_id,
        risk_level,
        cost_usd,
        feedback_items_generated,
        user_satisfaction_score
    from {{ ref('fct_document_analysis') }}
    {% if is_incremental() -%}
    where
        {{ in_changed_window('analysis_date') }}
        or analysis_date in ({{ days_of_changed_documents() }})
    {%- endif %}

),

people as (

    select
        activity_date as summary_date,
        organization_id,
        count(*) as active_users
    from {{ ref('active_users_daily') }}
    {% if is_incremental() -%}
    where
        {{ in_changed_window('activity_date') }}
        or activity_date in ({{ days_of_changed_documents() }})
    {%- endif %}
    group by activity_date, organization_id

),

days as (

    select
        summary_date,
        organization_id
    from documents
    union
    select
        summary_date,
        organization_id
    from analyses
    union
    select
        summary_date,
        organization_id
    from people

),

processed as (

    select
        summary_date,
        organization_id,
        count(*) as total_documents,
        coalesce(sum(processing_seconds), 0) as processing_seconds,
        count(processing_seconds) as timed_documents,
        {{ median('processing_seconds') }} as median_processing_seconds
    from documents
    where processing_status = 'completed'
    group by summary_date, organization_id

),

analysed as (

    select
        summary_date,
        organization_id,
        count(*) as total_analyses,
        sum(feedback_items_generated) as total_feedback_items,
        sum(cost_usd) as total_cost_usd,
        sum(user_satisfaction_score) as satisfaction_total,
        count(user_satisfaction_score) as rated_analyses,
        count(distinct case when risk_level = 'High' then document_id end)
            as high_risk_documents
    from analyses
    group by summary_date, organization_id

),

summed as (

    select
        days.summary_date,
        days.organization_id,
        {{ date_key('days.summary_date') }} as date_key,
        coalesce(processed.total_documents, 0) as total_documents,
        coalesce(people.active_users, 0) as active_users,
        coalesce(analysed.total_analyses, 0) as total_analyses,
        cast(coalesce(analysed.total_feedback_items, 0) as bigint) as total_feedback_items,
        coalesce(analysed.high_risk_documents, 0) as high_risk_documents,
        cast(coalesce(analysed.total_cost_usd, 0) as numeric(38, 12)) as total_cost_usd,
        cast(coalesce(processed.processing_seconds, 0) as numeric(18, 6)) as processing_seconds,
        coalesce(processed.timed_documents, 0) as timed_documents,
        cast(coalesce(analysed.satisfaction_total, 0) as numeric(18, 4)) as satisfaction_total,
        coalesce(analysed.rated_analyses, 0) as rated_analyses,
        {{ ratio('processed.processing_seconds', 'processed.timed_documents') }}
            as avg_processing_seconds,
        processed.median_processing_seconds,
        {{ ratio('analysed.satisfaction_total', 'analysed.rated_analyses') }} as avg_satisfaction,
        {{ ratio('coalesce(analysed.total_cost_usd, 0)', 'processed.total_documents') }}
            as cost_per_document_usd,
        {{ ratio('100 * coalesce(analysed.high_risk_documents, 0)', 'processed.total_documents') }}
            as high_risk_percentage,
        {{ ratio('processed.total_documents', 'people.active_users') }} as documents_per_user
    from days
    left join people
        on
            days.summary_date = people.summary_date
            and days.organization_id = people.organization_id
    left join processed
        on
            days.summary_date = processed.summary_date
            and days.organization_id = processed.organization_id
    left join analysed
        on
            days.summary_date = analysed.summary_date
            and days.organization_id = analysed.organization_id

)

select * from summed
