-- One row per stream, span it is scored over and UTC day of that span. Span 0 is everything, 1 the
-- latest period, 2 the one before: as many days as it takes to hold enough records to be judged.
{{ config(materialized='view') }}

with days as (

    select * from {{ ref('int_quality__stream_days') }}

),

policy as (

    select * from {{ ref('quality_periods') }}

),

counted_down as (

    select
        days.stream,
        days.record_date,
        days.record_count,
        policy.minimum_records,
        policy.recent_periods,
        coalesce(sum(days.record_count) over (
            partition by days.stream order by days.record_date desc nulls last
            rows between unbounded preceding and 1 preceding
        ), 0) as later_record_count
    from days
    cross join policy

),

numbered as (

    select
        stream,
        record_date,
        record_count,
        minimum_records,
        recent_periods,
        {{ whole_quotient('later_record_count', 'minimum_records') }} as period
    from counted_down

),

periods as (

    select
        stream,
        record_date,
        record_count,
        minimum_records,
        recent_periods,
        dense_rank() over (partition by stream order by period) as span,
        sum(record_count) over (partition by stream, period) as period_record_count
    from numbered

),

spans as (

    select
        stream,
        0 as span,
        record_date,
        record_count
    from days
    union all
    select
        stream,
        span,
        record_date,
        record_count
    from periods
    where
        span <= recent_periods
        and period_record_count >= minimum_records

)

select * from spans
