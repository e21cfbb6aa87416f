-- One row per piece of content shown in a session: the latest delivery.
{{ config(window_column='access_date', row_key=['session_key', 'accessed_at', 'content_id']) }}

with delivered as not materialized (

    select * from {{ source('assistant', 'content_accesses') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'assistant.content_accesses') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('assistant.content_accesses') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_content_id': 'content_id',
        'clean_user_role': 'user_role',
        'clean_content_type': 'content_type',
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
        redacted.clean_content_id as content_id,
        redacted._event_date as access_date,
        redacted.clean_user_role as user_role,
        redacted.clean_content_type as content_type,
        {{ scaled_integer(if_possible('assistant.content_accesses', 'relevance_score'), 1000000) }}
            as relevance_millionths,
        redacted.broken_rules,
        redacted.timestamp as accessed_at
    from redacted
    inner join sessions on redacted.session_id = sessions.session_id

)

select * from renamed
