-- One row per question put to the assistant, as a call to a model.
{{ config(materialized='view') }}

with requests as (

    select
        interaction_key as request_key,
        'assistant' as application_name,
        user_key,
        session_key,
        trace_key,
        activity_date as request_date,
        'chat' as operation,
        provider as provider_name,
        model as ai_model_name,
        cast(null as varchar) as ai_model_version,
        input_token_count,
        cached_input_token_count as cache_read_token_count,
        cast(null as bigint) as cache_write_token_count,
        output_token_count,
        reasoning_token_count,
        input_token_count + output_token_count as total_token_count,
        cast(cost_usd as numeric(38, 12)) as stated_cost_usd,
        response_milliseconds as latency_milliseconds,
        first_token_milliseconds,
        is_successful,
        error_type,
        cast(null as varchar) as finish_reasons,
        cast(null as bigint) as tool_call_count,
        cast(user_rating as numeric(5, 4)) as user_rating,
        cast(null as varchar) as prompt_name,
        cast(null as varchar) as prompt_version,
        asked_at as started_at
    from {{ ref('stg_assistant__interactions') }}

)

select * from requests
