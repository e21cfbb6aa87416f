-- One row per metric with a threshold and component: what its latest measurements, those in a row
-- that are all beyond the threshold or all within it, say by the policy metric_alerts.
with metric_runs as (

    {{ metric_runs() }}

),

-- The metric's own policy, or else the one for all others.
policies as (

    select
        thresholds.metric_name,
        thresholds.metric_unit,
        thresholds.alert_threshold,
        policies.severity,
        policies.channels,
        policies.minimum_count,
        60 * policies.minimum_minutes as minimum_seconds,
        60 * policies.silent_after_minutes as silent_after_seconds,
        row_number() over (
            partition by thresholds.metric_name order by policies.metric_name is null
        ) as place
    from {{ ref('metric_thresholds') }} as thresholds
    inner join {{ ref('metric_alerts') }} as policies
        on thresholds.metric_name = coalesce(policies.metric_name, thresholds.metric_name)

),

judged as (

    select
        metric_runs.metric_name,
        metric_runs.component,
        case
            when {{ seconds_between('metric_runs.measured_until', 'metric_runs.last_measured_at') }}
                > policies.silent_after_seconds then 'silent'
            when
                metric_runs.measurement_count < policies.minimum_count
                or {{ seconds_between('metric_runs.measured_from', 'metric_runs.measured_until') }}
                < policies.minimum_seconds then 'unsettled'
            when metric_runs.is_beyond then 'beyond'
            else 'within'
        end as metric_state,
        policies.severity,
        policies.channels,
        policies.metric_unit,
        policies.alert_threshold,
        metric_runs.last_value,
        metric_runs.measurement_count,
        metric_runs.measured_from,
        metric_runs.measured_until
    from metric_runs
    inner join policies
        on
            metric_runs.metric_name = policies.metric_name
            and policies.place = 1

)

select * from judged
