-- One row per event that is planned or seen. Built whole: an event may be planned or seen any day.
with planned as (

    select * from {{ ref('tracking_plan') }}
    where property_name is null

),

seen as (

    select
        event_type,
        count(*) as event_count,
        {{ count_where('is_valid') }} as valid_count,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from {{ ref('fct_events') }}
    group by event_type

),

compared as (

    select
        coalesce(planned.event_name, seen.event_type) as event_type,
        planned.product_section,
        coalesce(seen.event_count, 0) as event_count,
        coalesce(seen.valid_count, 0) as valid_count,
        {{ ratio('seen.valid_count', 'seen.event_count') }} as valid_ratio,
        planned.event_name is not null as is_planned,
        seen.event_type is not null as is_seen,
        seen.first_seen_at,
        seen.last_seen_at
    from planned
    full outer join seen on planned.event_name = seen.event_type

)

select * from compared
