-- One row per span, and per span and model, risk, quality or satisfaction. Rows are summed once by
-- all dimensions together; the few sums are then added up by each dimension.
with analyses as (

    select
        analysis_date >= $first_day as in_period,
        ai_model_key,
        risk_level,
        analysis_quality_rating as quality_rating,
        floor(user_satisfaction_score + 0.5) as satisfaction,
        count(*) as analyses,
        sum(processing_duration_seconds) as duration_seconds,
        count(processing_duration_seconds) as timed,
        sum(confidence_score) as confidence,
        count(confidence_score) as confident,
        sum(tokens_consumed) as tokens,
        sum(cost_usd) as cost_usd,
        sum(feedback_items_generated) as feedback_items,
        sum(user_satisfaction_score) as satisfaction_total,
        count(user_satisfaction_score) as rated,
        count(*) filter (where user_satisfaction_score >= 4) as satisfied,
        sum(analysis_quality_rating) as quality_total,
        count(analysis_quality_rating) as quality_rated
    from {s}documents.fct_document_analysis
    where
        analysis_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )
    group by
        analysis_date >= $first_day,
        ai_model_key,
        risk_level,
        analysis_quality_rating,
        floor(user_satisfaction_score + 0.5)

),

named as (

    select
        in_period,
        cast(ai_model_key as varchar) as ai_model_key,
        coalesce(risk_level, 'not stated') as risk_level,
        coalesce(cast(quality_rating as varchar), 'not rated') as quality_rating,
        coalesce(cast(cast(satisfaction as integer) as varchar), 'not rated') as satisfaction,
        analyses,
        duration_seconds,
        timed,
        confidence,
        confident,
        tokens,
        cost_usd,
        feedback_items,
        satisfaction_total,
        rated,
        satisfied,
        quality_total,
        quality_rated
    from analyses

)

select
    in_period,
    ai_model_key,
    risk_level,
    quality_rating,
    satisfaction,
    cast(sum(analyses) as bigint) as analyses,
    sum(duration_seconds) as duration_seconds,
    cast(sum(timed) as bigint) as timed,
    sum(confidence) as confidence,
    cast(sum(confident) as bigint) as confident,
    cast(sum(tokens) as bigint) as tokens,
    sum(cost_usd) as cost_usd,
    cast(sum(feedback_items) as bigint) as feedback_items,
    sum(satisfaction_total) as satisfaction_total,
    cast(sum(rated) as bigint) as rated,
    cast(sum(satisfied) as bigint) as satisfied,
    cast(sum(quality_total) as bigint) as quality_total,
    cast(sum(quality_rated) as bigint) as quality_rated
from named
group by grouping sets (
    (in_period),
    (in_period, ai_model_key),
    (in_period, risk_level),
    (in_period, quality_rating),
    (in_period, satisfaction)
)
