-- Every day has as many measurements by the minute and by the hour as one by one.
with days as (

    {% for relation in [
        'system_performance', 'system_performance_minutely', 'system_performance_hourly',
    ] %}
        {{ 'union all' if not loop.first }}
        select
            metric_date,
            {{ 'count(*)' if loop.first else '0' }} as one_by_one,
            {{ 'sum(measurement_count)' if loop.index == 2 else '0' }} as by_minute,
            {{ 'sum(measurement_count)' if loop.last else '0' }} as by_hour
        from {{ ref(relation) }}
        group by metric_date
    {%- endfor %}

),

summed as (

    select
        metric_date,
        sum(one_by_one) as one_by_one,
        sum(by_minute) as by_minute,
        sum(by_hour) as by_hour
    from days
    group by metric_date

)

select * from summed
where
    (
        by_minute != one_by_one
        and metric_date >= {{ whole_since([
            ref('system_performance'), ref('system_performance_minutely'),
            ref('stg_assistant__system_metrics'),
        ]) }}
    )
    or (
        by_hour != one_by_one
        and metric_date >= {{ whole_since([
            ref('system_performance'), ref('stg_assistant__system_metrics'),
        ]) }}
    )
