-- One row per UTC day, AI model, profile of the person and risk level. Sums and counts only, which
-- add up over any period. Built whole: a late version moves rows of old days.
with analyses as (

    select * from {{ ref('fct_document_analysis') }}

),

summed as (

    select
        analysis_date,
        date_key,
        ai_model_key,
        user_profile_key,
        coalesce(risk_level, 'Unknown') as risk_level,
        count(*) as total_analyses,
        cast(coalesce(sum(cost_usd), 0) as numeric(38, 12)) as total_cost_usd,
        cast(coalesce(sum(tokens_consumed), 0) as bigint) as total_tokens,
        cast(coalesce(sum(feedback_items_generated), 0) as bigint) as total_feedback_items,
        cast(coalesce(sum(high_risk_items), 0) as bigint) as total_high_risk_items,
        count(processing_duration_seconds) as timed_analyses,
        cast(coalesce(sum(processing_duration_seconds), 0) as numeric(18, 6))
            as total_processing_seconds,
        count(user_satisfaction_score) as rated_analyses,
        cast(coalesce(sum(user_satisfaction_score), 0) as numeric(18, 4))
            as total_satisfaction_score,
        count(confidence_score) as scored_analyses,
        cast(coalesce(sum(confidence_score), 0) as numeric(18, 4)) as total_confidence_score
    from analyses
    group by
        analysis_date, date_key, ai_model_key, user_profile_key, coalesce(risk_level, 'Unknown')

)

select * from summed
