-- One row per quality rule of a stream: how many records there are, and how many break it.
with rules as (
    {% for rule in rule_tests() %}
        {{ 'union all' if not loop.first }}
        select
            '{{ rule.source }}' as source_system,
            '{{ rule.stream }}' as stream,
            '{{ rule.rule }}' as rule_name,
            '{{ rule.dimension }}' as dimension,
            '{{ rule.severity }}' as severity
    {%- endfor %}

),

weights as (

    select * from {{ ref('severity_weights') }}

),

records as (
    {% for stream, relation in {
        'prism.documents': ref('stg_prism__documents'),
        'prism.document_sections': ref('stg_prism__document_sections'),
        'prism.analysis_results': ref('stg_prism__analysis_results'),
        'prism.user_feedback': ref('stg_prism__user_feedback'),
    }.items() %}
        {{ 'union all' if not loop.first }}
        select
            '{{ stream }}' as stream,
            count(*) as record_count
        from {{ relation }}
    {%- endfor %}

),

violations as (

    select
        stream,
        rule_name,
        count(*) as violation_count
    from {{ ref('rule_violations') }}
    group by stream, rule_name

),

scored as (

    select
        rules.source_system,
        rules.stream,
        rules.rule_name,
        rules.dimension,
        rules.severity,
        weights.weight,
        records.record_count,
        coalesce(violations.violation_count, 0) as violation_count,
        {{ ratio(
            'records.record_count - coalesce(violations.violation_count, 0)', 'records.record_count'
        ) }} as score
    from rules
    inner join records on rules.stream = records.stream
    inner join weights on rules.severity = weights.severity
    left join violations
        on
            rules.stream = violations.stream
            and rules.rule_name = violations.rule_name

)

select * from scored
