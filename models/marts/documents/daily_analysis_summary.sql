-- One row per UTC day and organization in which documents were analysed.
{{ config(materialized='incremental', window_column='analysis_date', unique_key='analysis_date') }}

with analyses as (

    select * from {{ ref('fct_document_analysis') }}
    where {{ in_changed_window_of_documents('analysis_date') }}

),

summed as (

    select
        analysis_date,
        organization_id,
        date_key,
        count(*) as total_analyses,
        {{ ratio('sum(processing_duration_seconds)', 'count(processing_duration_seconds)') }}
            as avg_processing_time,
        {{ median('processing_duration_seconds') }} as median_processing_time,
        cast(coalesce(sum(cost_usd), 0) as numeric(38, 12)) as total_cost,
        {{ ratio('sum(confidence_score)', 'count(confidence_score)') }} as avg_confidence,
        cast(coalesce(sum(feedback_items_generated), 0) as bigint) as total_feedback_items,
        {{ count_where("risk_level = 'High'") }} as high_risk_analyses,
        {{ count_where('user_satisfaction_score >= 4') }} as satisfied_analyses,
        count(distinct case
            when user_satisfaction_score >= 4 and user_key != {{ unknown_key() }} then user_key
        end) as satisfied_users_count
    from analyses
    group by analysis_date, organization_id, date_key

)

select * from summed
