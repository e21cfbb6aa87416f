{#-
    The latest measurements of each metric with a threshold and component, as many as are all beyond
    the threshold or all within it. A day after the last delivery comes from a wrong clock, which does
    not decide what came last.
-#}
{% macro metric_runs() -%}
    with measurements as (

        select performance.*
        from {{ ref('system_performance') }} as performance
        inner join {{ ref('last_delivery') }} as delivered
            on performance.metric_date <= delivered.last_day
        where
            performance.alert_threshold is not null
            and performance.metric_value is not null

    ),

    ranked as (

        select
            metric_name,
            component,
            "timestamp" as measured_at,
            is_alert,
            first_value(is_alert) over latest_first as is_beyond,
            first_value(metric_value) over latest_first as last_value,
            row_number() over latest_first as place,
            max("timestamp") over () as last_measured_at
        from measurements
        window latest_first as (
            partition by metric_name, component order by "timestamp" desc nulls last
        )

    ),

    turned as (

        select
            *,
            min(case when is_alert != is_beyond then place end)
                over (partition by metric_name, component) as turned_at_place
        from ranked

    ),

    in_a_row as (

        select
            metric_name,
            component,
            is_beyond,
            last_value,
            last_measured_at,
            count(*) as measurement_count,
            min(measured_at) as measured_from,
            max(measured_at) as measured_until
        from turned
        where place < coalesce(turned_at_place, place + 1)
        group by metric_name, component, is_beyond, last_value, last_measured_at

    )

    select * from in_a_row
{%- endmacro %}
