-- One row per piece of content shown in a session: the latest delivery.
{{ config(window_column='access_date', row_key=['session_key', 'accessed_at', 'content_id']) }}

with delivered as not materialized (

    select * from {{ source('assistant', 'content_accesses') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'assistant.content_accesses') }}

),

sessions as (

    select
        session_id,
        {{ hash_pii('session_id', 'session') }} as session_key
    from (select distinct session_id from delivered) as distinct_sessions

),

renamed as (

    select
        sessions.session_key,
        {{ redact_pii('latest.content_id') }} as content_id,
        latest._event_date as access_date,
        {{ redact_pii('latest.user_role') }} as user_role,
        {{ redact_pii('latest.content_type') }} as content_type,
        {{ scaled_integer(if_possible('assistant.content_accesses', 'relevance_score'), 1000000) }}
            as relevance_millionths,
        {{ broken_rules('assistant.content_accesses') }} as broken_rules,
        latest.timestamp as accessed_at
    from latest
    inner join sessions on latest.session_id = sessions.session_id

)

select * from renamed
