-- One row per metric with a threshold and component: what its latest measurements, those in a row
-- that are all beyond the threshold or all within it, say by the policy metric_alerts.
-- A clock that is wrong does not decide what came last.
with measurements as (

    select performance.*
    from {{ ref('system_performance') }} as performance
    inner join {{ ref('last_delivery') }} as delivered
        on performance.metric_date <= delivered.last_day
    where
        performance.alert_threshold is not null
        and performance.metric_value is not null

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

),

judged as (

    select
        in_a_row.metric_name,
        in_a_row.component,
        case
            when {{ seconds_between('in_a_row.measured_until', 'in_a_row.last_measured_at') }}
                > policies.silent_after_seconds then 'silent'
            when
                in_a_row.measurement_count < policies.minimum_count
                or {{ seconds_between('in_a_row.measured_from', 'in_a_row.measured_until') }}
                < policies.minimum_seconds then 'unsettled'
            when in_a_row.is_beyond then 'beyond'
            else 'within'
        end as metric_state,
        policies.severity,
        policies.channels,
        policies.metric_unit,
        policies.alert_threshold,
        in_a_row.last_value,
        in_a_row.measurement_count,
        in_a_row.measured_from,
        in_a_row.measured_until
    from in_a_row
    inner join policies
        on
            in_a_row.metric_name = policies.metric_name
            and policies.place = 1

)

select * from judged
