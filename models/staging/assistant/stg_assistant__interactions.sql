-- One row per interaction: the latest delivery, without direct identifiers.
{{ config(window_column='activity_date') }}

with delivered as (

    select * from {{ source('assistant', 'interactions') }}
    where {{ in_changed_window('_event_date') }}

),

latest as (

    {{ latest_delivery('delivered', 'assistant.interactions') }}

),

renamed as (

    select
        {{ hash_pii("session_id || '|' || cast(timestamp as varchar) || '|' || query", 'interaction') }}
            as interaction_key,
        {{ hash_pii('session_id', 'session') }} as session_key,
        {{ hash_pii('user_id', 'user') }} as user_key,
        _event_date as activity_date,
        {{ redact_pii('user_role') }} as user_role,
        {{ redact_pii('query_type') }} as query_type,
        {{ redact_pii('query') }} as query_text,
        {{ scaled_integer(if_possible('assistant.interactions', 'response_time'), 1000) }}
            as response_milliseconds,
        {{ if_possible('assistant.interactions', 'response_length') }} as response_character_count,
        {{ if_possible('assistant.interactions', 'code_snippets_shown') }} as code_snippet_count,
        {{ if_possible('assistant.interactions', 'citations_provided') }} as citation_count,
        {{ if_possible('assistant.interactions', 'user_rating') }} as user_rating,
        success as is_successful,
        {{ impossible_fields('assistant.interactions') }} as impossible_fields,
        timestamp as asked_at
    from latest

),

normalized as (

    select
        *,
        {{ redact_pii(normalize_query('query_text')) }} as query_normalized
    from renamed

),

keyed as (

    select
        *,
        {{ md5_uuid("query_type || ':' || query_normalized") }} as query_key
    from normalized

)

select * from keyed
