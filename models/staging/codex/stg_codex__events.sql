-- One row per event: the latest delivery, judged by the tracking plan. What must not stay is gone.
{{ config(window_column='event_date', row_key=['event_id']) }}

with delivered as not materialized (

    select * from {{ source('codex', 'events') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'codex.events') }}

),

-- Read many times below: engines would read the deliveries again each time.
events as materialized (

    select
        id as event_id,
        event_type,
        user_id as account_id,
        session_id as visit_id,
        _event_date as event_date,
        {{ json_object_once('context') }} as context,
        {{ json_object_once('metadata') }} as metadata,
        {{ json_kind('context') }} not in ('object', 'null') as has_odd_context,
        {{ json_kind('metadata') }} not in ('object', 'null') as has_odd_metadata,
        {{ broken_rules('codex.events') }} as broken_rules,
        timestamp as occurred_at
    from latest

),

judged as (

    {{ judged_events('events', ref('tracking_plan')) }}

),

-- Few types, each redacted once; those of the plan are known.
event_types as (

    select
        types.event_type,
        types.invented_name is null as is_planned,
        coalesce({{ redact_pii('types.invented_name') }}, types.event_type) as clean_event_type
    from (
        select distinct
            events.event_type,
            case when plan.event_name is null then {{ plain_name('events.event_type') }} end
                as invented_name
        from events
        left join {{ ref('tracking_plan') }} as plan on events.event_type = plan.event_name
    ) as types

),

users as (

    select
        account_id,
        {{ hash_pii(given_id('account_id'), 'user') }} as user_key
    from (select distinct account_id from events) as distinct_users

),

sessions as (

    select
        visit_id,
        {{ hash_pii(given_id('visit_id'), 'session') }} as session_key
    from (select distinct visit_id from events) as distinct_sessions

),

renamed as (

    select
        {{ md5_uuid('events.event_id') }} as event_key,
        events.event_id,
        users.user_key,
        sessions.session_key,
        events.event_date,
        event_types.clean_event_type as event_type,
        case
            when event_types.is_planned
                then {{ json_patched('events.context', 'judged.context_patch') }}
        end as context,
        case
            when event_types.is_planned
                then {{ json_patched('events.metadata', 'judged.metadata_patch') }}
        end as metadata,
        judged.plan_findings,
        events.broken_rules,
        events.occurred_at
    from events
    inner join event_types on events.event_type = event_types.event_type
    left join judged on events.event_id = judged.event_id
    left join users on events.account_id = users.account_id
    left join sessions on events.visit_id = sessions.visit_id

)

select * from renamed
