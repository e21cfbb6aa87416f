{#-
    Every record and rejected line with the rules it breaks, their dimensions and the spans that hold
    its day: what quality_spans counts.
-#}
{% macro violations_by_span() -%}
    with violations as (

        select
            stream,
            rule_name,
            row_key,
            violation_date
        from {{ ref('rule_violations') }}
        union all
        select
            stream,
            rule_name,
            reject_key as row_key,
            delivery_date as violation_date
        from {{ ref('stg_granary__rejects') }}

    ),

    placed as (

        select
            violations.stream,
            rules.dimension,
            days.span,
            violations.rule_name,
            violations.row_key
        from violations
        inner join {{ ref('rule_scores') }} as rules
            on
                violations.stream = rules.stream
                and violations.rule_name = rules.rule_name
        inner join {{ ref('int_quality__scored_days') }} as days
            on
                violations.stream = days.stream
                and violations.violation_date = days.record_date

    )

    select * from placed
{%- endmacro %}
