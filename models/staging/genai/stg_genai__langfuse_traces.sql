-- One row per trace of Langfuse: the latest delivery, without direct identifiers.
{{ config(window_column='trace_date', row_key=['trace_key', 'started_at']) }}

with delivered as not materialized (

    select * from {{ source('genai', 'langfuse_traces') }}
    where {{ in_changed_window('_event_date') }}

),

latest as (

    {{ latest_delivery('delivered', 'genai.langfuse_traces') }}

),

renamed as (

    select
        {{ hash_pii('id', 'trace') }} as trace_key,
        {{ hash_pii(given_id('session_id'), 'session') }} as session_key,
        {{ hash_pii(given_id('user_id'), 'user') }} as user_key,
        _event_date as trace_date,
        {{ broken_rules('genai.langfuse_traces') }} as broken_rules,
        timestamp as started_at
    from latest

)

select * from renamed
