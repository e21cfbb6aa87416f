-- Every day of system performance has as many measurements as were delivered for that day.
with judged as (

    select
        metric_date,
        count(*) as measurement_count
    from {{ ref('system_performance') }}
    group by metric_date

),

delivered as (

    select
        metric_date,
        count(*) as measurement_count
    from {{ ref('stg_assistant__system_metrics') }}
    group by metric_date

)

select
    coalesce(judged.metric_date, delivered.metric_date) as metric_date,
    judged.measurement_count as in_system_performance,
    delivered.measurement_count as in_staging
from judged
full outer join delivered on judged.metric_date = delivered.metric_date
where
    coalesce(judged.measurement_count, 0) != coalesce(delivered.measurement_count, 0)
    and coalesce(judged.metric_date, delivered.metric_date)
    >= {{ whole_since([ref('system_performance'), ref('stg_assistant__system_metrics')]) }}
