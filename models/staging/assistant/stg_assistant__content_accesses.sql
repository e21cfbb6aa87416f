-- One row per piece of content shown in a session: the latest delivery.
{{ config(window_column='access_date') }}

with delivered as (

    select * from {{ source('assistant', 'content_accesses') }}
    where {{ in_changed_window('_event_date') }}

),

latest as (

    {{ latest_delivery('delivered', 'assistant.content_accesses') }}

),

renamed as (

    select
        {{ hash_pii('session_id', 'session') }} as session_key,
        content_id,
        _event_date as access_date,
        {{ redact_pii('user_role') }} as user_role,
        {{ redact_pii('content_type') }} as content_type,
        {{ scaled_integer(if_possible('assistant.content_accesses', 'relevance_score'), 1000000) }}
            as relevance_millionths,
        {{ impossible_fields('assistant.content_accesses') }} as impossible_fields,
        timestamp as accessed_at
    from latest

)

select * from renamed
