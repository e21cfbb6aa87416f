-- One row per quality rule of a stream: how many records there are, and how many break it.
with rules as (

    select
        '' as source_system,
        '' as stream,
        '' as rule_name,
        '' as dimension,
        '' as severity
    where false
    {% for node in stream_nodes() %}
        {%- set stream = node.source_name ~ '.' ~ node.name -%}
        {%- for rule in quality_rules(stream) %}
            union all
            select
                '{{ node.source_name }}' as source_system,
                '{{ stream }}' as stream,
                '{{ rule.name }}' as rule_name,
                '{{ rule.dimension }}' as dimension,
                '{{ rule.severity }}' as severity
        {%- endfor %}
    {%- endfor %}

),

records as (

    select
        stream,
        cast(sum(record_count) as bigint) as record_count
    from {{ ref('int_quality__stream_days') }}
    group by stream

),

violations as (

    select
        stream,
        rule_name
    from {{ ref('rule_violations') }}
    union all
    select
        stream,
        rule_name
    from {{ ref('stg_granary__rejects') }}

),

broken as (

    select
        stream,
        rule_name,
        count(*) as violation_count
    from violations
    group by stream, rule_name

),

scored as (

    select
        rules.source_system,
        rules.stream,
        rules.rule_name,
        rules.dimension,
        rules.severity,
        coalesce(records.record_count, 0) as record_count,
        coalesce(broken.violation_count, 0) as violation_count,
        {{ ratio(
            'records.record_count - coalesce(broken.violation_count, 0)', 'records.record_count'
        ) }} as score
    from rules
    left join records on rules.stream = records.stream
    left join broken
        on
            rules.stream = broken.stream
            and rules.rule_name = broken.rule_name

)

select * from scored
