-- One row per version of a value the assistant remembers for a session.
{{ config(window_column='update_date', row_key=['session_key', 'memory_name', 'updated_at']) }}

with delivered as not materialized (

    select * from {{ source('assistant', 'session_memory') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'assistant.session_memory') }}

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
        {{ redact_pii('latest.key') }} as memory_name,
        {{ redact_pii('latest.value') }} as memory_text,
        latest._event_date as update_date,
        latest.updated_at
    from latest
    inner join sessions on latest.session_id = sessions.session_id

)

select * from renamed
