-- One row per version of a value the assistant remembers for a session.
{{ config(window_column='update_date', row_key=['session_key', 'memory_name', 'updated_at']) }}

with delivered as not materialized (

    select * from {{ source('assistant', 'session_memory') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'assistant.session_memory') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('assistant.session_memory') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_memory_name': 'key',
        'clean_memory_text': 'value',
    }) }}) as latest

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
        redacted.clean_memory_name as memory_name,
        redacted.clean_memory_text as memory_text,
        redacted._event_date as update_date,
        redacted.broken_rules,
        redacted.updated_at
    from redacted
    inner join sessions on redacted.session_id = sessions.session_id

)

select * from renamed
