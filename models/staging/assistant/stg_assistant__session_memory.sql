-- One row per version of a value the assistant remembers for a session.
{{ config(window_column='update_date') }}

with delivered as (

    select * from {{ source('assistant', 'session_memory') }}
    where {{ in_changed_window('_event_date') }}

),

latest as (

    {{ latest_delivery('delivered', 'assistant.session_memory') }}

),

renamed as (

    select
        {{ hash_pii('session_id', 'session') }} as session_key,
        {{ redact_pii('key') }} as memory_name,
        {{ redact_pii('value') }} as memory_text,
        _event_date as update_date,
        updated_at
    from latest

)

select * from renamed
