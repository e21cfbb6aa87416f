-- One row per span, and per span and day, organization, model, risk, quality or satisfaction.
with analyses as (

    select
        analysis_date >= $first_day as in_period,
        analysis_date as day,
        coalesce(cast(organization_id as varchar), 'unknown') as organization_id,
        cast(ai_model_key as varchar) as ai_model_key,
        coalesce(risk_level, 'not stated') as risk_level,
        coalesce(cast(analysis_quality_rating as varchar), 'not rated') as quality_rating,
        coalesce(cast(cast(floor(user_satisfaction_score + 0.5) as integer) as varchar), 'not rated')
            as satisfaction,
        processing_duration_seconds,
        confidence_score,
        tokens_consumed,
        cost_usd,
        feedback_items_generated,
        user_satisfaction_score,
        analysis_quality_rating
    from {s}documents.fct_document_analysis
    where
        analysis_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )

)

select
    in_period,
    day,
    organization_id,
    ai_model_key,
    risk_level,
    quality_rating,
    satisfaction,
    count(*) as analyses,
    sum(processing_duration_seconds) as duration_seconds,
    count(processing_duration_seconds) as timed,
    sum(confidence_score) as confidence,
    count(confidence_score) as confident,
    cast(sum(tokens_consumed) as bigint) as tokens,
    sum(cost_usd) as cost_usd,
    cast(sum(feedback_items_generated) as bigint) as feedback_items,
    sum(user_satisfaction_score) as satisfaction_total,
    count(user_satisfaction_score) as rated,
    count(*) filter (where user_satisfaction_score >= 4) as satisfied,
    cast(sum(analysis_quality_rating) as bigint) as quality_total,
    count(analysis_quality_rating) as quality_rated
from analyses
group by grouping sets (
    (in_period),
    (in_period, day),
    (in_period, organization_id),
    (in_period, ai_model_key),
    (in_period, risk_level),
    (in_period, quality_rating),
    (in_period, satisfaction)
)
