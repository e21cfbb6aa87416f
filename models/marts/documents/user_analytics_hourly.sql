-- One row per person, UTC day and hour in which the person did something.
{{ config(
    materialized='incremental',
    window_column='activity_date',
    partition_by_month='activity_date',
    indexes=[
        {'columns': ['activity_date']},
        {'columns': ['user_key', 'activity_date']},
    ],
) }}

with hours as (

    select * from {{ ref('int_prism__user_hours') }}
    where {{ in_changed_window('activity_date') }}

),

ranked as (

    select
        *,
        first_value(hour_number) over (
            partition by user_key, activity_date
            order by analysis_count + document_count + feedback_count desc nulls last, hour_number
        ) as peak_usage_hour
    from hours

),

measured as (

    select
        user_key,
        activity_date,
        hour_number,
        {{ date_key('activity_date') }} as date_key,
        processed_document_count as documents_processed,
        analysis_count as ai_interactions,
        feedback_count as feedback_submissions,
        {{ ratio('session_microseconds', '60000000') }} as session_duration_minutes,
        {{ ratio('satisfaction_total', 'satisfaction_count') }} as avg_satisfaction_score,
        {{ ratio('accepted_count', 'accepted_count + rejected_count') }}
            as feedback_acceptance_rate,
        peak_usage_hour,
        feature_usage
    from ranked

)

select * from measured
