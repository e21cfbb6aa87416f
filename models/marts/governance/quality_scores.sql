-- One row per stream and quality dimension that it has rules of: its lowest score of all spans, and
-- what the contract asks for.
with thresholds as (

    select
        '' as source_system,
        '' as stream,
        '' as dimension,
        0.0 as minimum_score,
        0.0 as alert_below
    where false
    {% for node in stream_nodes() %}
        {%- set stream = node.source_name ~ '.' ~ node.name -%}
        {%- for dimension, threshold in quality_thresholds(stream).items() %}
            union all
            select
                '{{ node.source_name }}' as source_system,
                '{{ stream }}' as stream,
                '{{ dimension }}' as dimension,
                {{ threshold.minimum_score }} as minimum_score,
                {{ threshold.alert_below }} as alert_below
        {%- endfor %}
    {%- endfor %}

),

lowest as (

    select
        *,
        row_number() over (partition by stream, dimension order by score, span) as place
    from {{ ref('quality_spans') }}

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
        cast(thresholds.minimum_score as double precision) as minimum_score,
        cast(thresholds.alert_below as double precision) as alert_below,
        lowest.first_date as scored_from,
        lowest.last_date as scored_until
    from thresholds
    left join lowest
        on
            thresholds.stream = lowest.stream
            and thresholds.dimension = lowest.dimension
            and lowest.place = 1

)

select * from scored
