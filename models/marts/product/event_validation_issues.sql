-- One row per event, property and kind of fault that the tracking plan finds. Values stay behind.
{{ config(materialized='incremental', window_column='event_date') }}

with events as (

    select * from {{ ref('stg_codex__events') }}
    where
        plan_findings is not null
        and {{ in_changed_window('event_date') }}

),

findings as (

    select
        event_key,
        event_type,
        event_date,
        occurred_at,
        unnest(string_to_array(plan_findings, ',')) as finding
    from events

),

split as (

    select
        *,
        split_part(finding, ':', 1) as location,
        split_part(finding, ':', 2) as property_name,
        split_part(finding, ':', 3) as issue_kind
    from findings

),

explained as (

    select
        split.event_key,
        split.event_type,
        split.location,
        split.property_name,
        split.issue_kind,
        kinds.severity,
        case
            when split.issue_kind = 'unexpected_value' then plan.expected_values
            when split.issue_kind = 'wrong_type' and split.location = 'event' then 'object'
            else plan.value_type
        end as expected,
        split.event_date,
        split.occurred_at
    from split
    left join {{ ref('event_fault_kinds') }} as kinds on split.issue_kind = kinds.issue_kind
    left join {{ ref('tracking_plan') }} as plan
        on
            split.event_type = plan.event_name
            and split.location = plan.location
            and split.property_name = plan.property_name

)

select * from explained
