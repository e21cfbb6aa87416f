-- One row per event of the knowledge product, valid or not. Whole days are replaced.
{{ config(
    materialized='incremental',
    window_column='event_date',
    partition_by_month='event_date',
    indexes=[{'columns': ['event_date', 'event_type']}],
) }}

with events as (

    select * from {{ ref('stg_codex__events') }}
    where {{ in_changed_window('event_date') }}

),

issues as (

    select
        event_key,
        {{ count_where("severity = 'error'") }} as error_count,
        {{ count_where("severity = 'warning'") }} as warning_count
    from {{ ref('event_validation_issues') }}
    where {{ in_changed_window('event_date') }}
    group by event_key

),

plan as (

    select * from {{ ref('tracking_plan') }}
    where property_name is null

),

measured as (

    select
        events.event_key,
        coalesce(events.user_key, {{ unknown_key() }}) as user_key,
        coalesce(events.session_key, {{ unknown_key() }}) as session_key,
        {{ date_key('events.occurred_at') }} as date_key,
        {{ time_key('events.occurred_at') }} as time_key,
        events.event_date,
        events.event_type,
        plan.product_section,
        plan.funnel,
        plan.step as funnel_step,
        coalesce(issues.error_count, 0) as error_count,
        coalesce(issues.warning_count, 0) as warning_count,
        coalesce(issues.error_count, 0) = 0 as is_valid,
        plan.event_name is not null as is_planned,
        events.occurred_at
    from events
    left join plan on events.event_type = plan.event_name
    left join issues on events.event_key = issues.event_key

)

select * from measured
