{#- Sums up the relation `measurements` by a `unit` of time, minute or hour. -#}
{% macro measurements_by(unit) -%}
    select
        metric_date,
        {{ start_of(unit, '"timestamp"', 'timestamp') }} as measured_{{ unit }},
        metric_name,
        component,
        {{ first_text('metric_unit') }} as metric_unit,
        count(*) as measurement_count,
        count(metric_value) as value_count,
        cast(sum({{ exact_decimal('metric_value') }}) as numeric(38, 6)) as value_total,
        {{ ratio('sum(' ~ exact_decimal('metric_value') ~ ')', 'count(metric_value)') }}
            as mean_value,
        min(metric_value) as minimum_value,
        {{ median(exact_decimal('metric_value')) }} as median_value,
        max(metric_value) as maximum_value,
        {{ count_where('is_alert') }} as alert_count
    from measurements
    group by
        metric_date, {{ start_of(unit, '"timestamp"', 'timestamp') }}, metric_name, component
{%- endmacro %}
