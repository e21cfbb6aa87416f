-- One row per UTC day and organization in which something happened: what executives read.
{{ config(materialized='incremental', window_column='summary_date', unique_key='summary_date') }}

with documents as (

    select
        upload_date as summary_date,
        coalesce(organization_id, {{ unknown_key() }}) as organization_id,
        {{ count_where("processing_status = 'completed'") }} as total_documents,
        sum(case when processing_status = 'completed' then processing_seconds end)
            as processing_seconds,
        {{ count_where("processing_status = 'completed' and processing_seconds is not null") }}
            as timed_documents,
        {{ median("case when processing_status = 'completed' then processing_seconds end") }}
            as median_processing_seconds
    from {{ ref('dim_documents') }}
    where {{ in_changed_window_of_documents('upload_date') }}
    group by upload_date, coalesce(organization_id, {{ unknown_key() }})

),

analyses as (

    select
        analysis_date as summary_date,
        organization_id,
        count(*) as total_analyses,
        sum(feedback_items_generated) as total_feedback_items,
        sum(cost_usd) as total_cost_usd,
        sum(user_satisfaction_score) as satisfaction_total,
        count(user_satisfaction_score) as rated_analyses,
        count(distinct case when risk_level = 'High' then document_id end)
            as high_risk_documents
    from {{ ref('fct_document_analysis') }}
    where {{ in_changed_window_of_documents('analysis_date') }}
    group by analysis_date, organization_id

),

people as (

    select
        activity_date as summary_date,
        organization_id,
        count(*) as active_users
    from {{ ref('active_users_daily') }}
    where {{ in_changed_window_of_documents('activity_date') }}
    group by activity_date, organization_id

),

summed as (

    select
        summary_date,
        organization_id,
        {{ date_key('summary_date') }} as date_key,
        coalesce(documents.total_documents, 0) as total_documents,
        coalesce(people.active_users, 0) as active_users,
        coalesce(analyses.total_analyses, 0) as total_analyses,
        cast(coalesce(analyses.total_feedback_items, 0) as bigint) as total_feedback_items,
        coalesce(analyses.high_risk_documents, 0) as high_risk_documents,
        cast(coalesce(analyses.total_cost_usd, 0) as numeric(38, 12)) as total_cost_usd,
        cast(coalesce(documents.processing_seconds, 0) as numeric(18, 6)) as processing_seconds,
        coalesce(documents.timed_documents, 0) as timed_documents,
        cast(coalesce(analyses.satisfaction_total, 0) as numeric(18, 4)) as satisfaction_total,
        coalesce(analyses.rated_analyses, 0) as rated_analyses,
        {{ ratio('documents.processing_seconds', 'documents.timed_documents') }}
            as avg_processing_seconds,
        documents.median_processing_seconds,
        {{ ratio('analyses.satisfaction_total', 'analyses.rated_analyses') }} as avg_satisfaction,
        {{ ratio('coalesce(analyses.total_cost_usd, 0)', 'documents.total_documents') }}
            as cost_per_document_usd,
        {{ ratio('100 * coalesce(analyses.high_risk_documents, 0)', 'documents.total_documents') }}
            as high_risk_percentage,
        {{ ratio('nullif(documents.total_documents, 0)', 'people.active_users') }}
            as documents_per_user
    from documents
    full outer join analyses using (summary_date, organization_id)
    full outer join people using (summary_date, organization_id)

)

select * from summed
