-- One row per stream, quality dimension and span: the share of its records that break no rule.
with dimensions as (

    select distinct
        source_system,
        stream,
        dimension
    from {{ ref('rule_scores') }}

),

records as (

    select
        stream,
        span,
        min(record_date) as first_date,
        max(record_date) as last_date,
        cast(sum(record_count) as bigint) as record_count
    from {{ ref('int_quality__scored_days') }}
    group by stream, span

),

violations as (

    {{ violations_by_span() }}

),

faults as (

    select
        stream,
        dimension,
        span,
        count(distinct row_key) as faulty_count
    from violations
    group by stream, dimension, span

),

broken_rules as (

    select
        stream,
        dimension,
        span,
        rule_name,
        row_number() over (
            partition by stream, dimension, span order by count(*) desc nulls last, rule_name
        ) as place
    from violations
    group by stream, dimension, span, rule_name

),

scored as (

    select
        dimensions.source_system,
        dimensions.stream,
        dimensions.dimension,
        cast(records.span as bigint) as span,
        broken_rules.rule_name as worst_rule,
        records.record_count,
        least(coalesce(faults.faulty_count, 0), records.record_count) as faulty_count,
        1 - least({{ ratio('coalesce(faults.faulty_count, 0)', 'records.record_count') }}, 1)
            as score,
        records.first_date,
        records.last_date
    from dimensions
    inner join records on dimensions.stream = records.stream
    left join faults
        on
            dimensions.stream = faults.stream
            and dimensions.dimension = faults.dimension
            and records.span = faults.span
    left join broken_rules
        on
            faults.stream = broken_rules.stream
            and faults.dimension = broken_rules.dimension
            and faults.span = broken_rules.span
            and broken_rules.place = 1

)

select * from scored
