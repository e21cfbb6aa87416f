-- One row per measurement of the assistant's system, against the threshold policy sets.
{{ config(materialized='incremental', window_column='metric_date') }}

with metrics as (

    select * from {{ ref('stg_assistant__system_metrics') }}
    where {{ in_changed_window('metric_date') }}

),

thresholds as (

    select * from {{ ref('metric_thresholds') }}

),

judged as (

    select
        metrics.metric_key,
        metrics.metric_date,
        metrics.measured_at as "timestamp",
        metrics.metric_name,
        metrics.metric_value,
        metrics.metric_unit,
        metrics.component,
        thresholds.alert_threshold,
        coalesce(
            case thresholds.alert_when
                when 'above' then metrics.metric_value > thresholds.alert_threshold
                when 'below' then metrics.metric_value < thresholds.alert_threshold
            end,
            false
        ) as is_alert
    from metrics
    left join thresholds on metrics.metric_name = thresholds.metric_name

)

select * from judged
