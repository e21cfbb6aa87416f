-- One row per stream and quality dimension that it has rules of: its lowest score of all spans, and
-- the policy's thresholds for it.
with dimensions as (

    select distinct
        source_system,
        stream,
        dimension
    from {{ ref('rule_scores') }}

),

lowest as (

    select
        *,
        row_number() over (partition by stream, dimension order by score, span) as place
    from {{ ref('quality_spans') }}

),

-- The threshold that says most about where it holds comes first.
thresholds as (

    select
        dimensions.source_system,
        dimensions.stream,
        dimensions.dimension,
        thresholds.minimum_score,
        thresholds.alert_below,
        row_number() over (
            partition by dimensions.stream, dimensions.dimension
            order by thresholds.stream is null, thresholds.dimension is null
        ) as place
    from dimensions
    left join {{ ref('quality_thresholds') }} as thresholds
        on
            dimensions.source_system = thresholds.source_system
            and dimensions.stream = coalesce(
                thresholds.source_system || '.' || thresholds.stream, dimensions.stream
            )
            and dimensions.dimension = coalesce(thresholds.dimension, dimensions.dimension)

),

scored as (

    select
        thresholds.source_system,
        thresholds.stream,
        thresholds.dimension,
        lowest.worst_rule,
        coalesce(lowest.record_count, 0) as record_count,
        coalesce(lowest.faulty_count, 0) as faulty_count,
        lowest.score,
        thresholds.minimum_score,
        thresholds.alert_below,
        lowest.first_date as scored_from,
        lowest.last_date as scored_until
    from thresholds
    left join lowest
        on
            thresholds.stream = lowest.stream
            and thresholds.dimension = lowest.dimension
            and lowest.place = 1
    where thresholds.place = 1

)

select * from scored
