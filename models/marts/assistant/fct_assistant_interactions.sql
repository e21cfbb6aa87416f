-- One row per question put to the assistant. Whole days are replaced, so a rerun changes nothing.
{{ config(materialized='incremental', window_column='activity_date') }}

with interactions as (

    select * from {{ ref('stg_assistant__interactions') }}
    where {{ in_changed_window('activity_date') }}

),

measured as (

    select
        interaction_key,
        session_key,
        coalesce(user_key, {{ unknown_key() }}) as user_key,
        query_key,
        trace_key,
        request_key,
        {{ date_key('asked_at') }} as date_key,
        {{ time_key('asked_at') }} as time_key,
        activity_date,
        {{ or_unknown('user_role') }} as user_role,
        {{ or_unknown('query_type') }} as query_type,
        provider,
        model,
        error_type,
        response_milliseconds,
        first_token_milliseconds,
        response_character_count,
        code_snippet_count,
        citation_count,
        user_rating,
        input_token_count,
        output_token_count,
        cached_input_token_count,
        reasoning_token_count,
        cost_usd,
        is_successful,
        asked_at
    from interactions

)

select * from measured
