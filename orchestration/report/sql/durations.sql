-- One row per span, and per span and model: percentiles of the analyses' durations, in seconds.
with analyses as (

    select
        analysis_date >= $first_day as in_period,
        cast(ai_model_key as varchar) as ai_model_key,
        cast(processing_duration_seconds as double precision) as seconds
    from {s}documents.fct_document_analysis
    where
        analysis_date between $before_day and $last_day
        and processing_duration_seconds is not null
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )

)

select
    in_period,
    ai_model_key,
    percentile_cont(0.5) within group (order by seconds) as p50_seconds,
    percentile_cont(0.95) within group (order by seconds) as p95_seconds
from analyses
group by grouping sets ((in_period), (in_period, ai_model_key))
