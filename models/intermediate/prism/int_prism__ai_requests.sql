-- One row per analysis of a document or section, as a call to a model.
{{ config(materialized='view') }}

with requests as (

    select
        analysis_id as request_key,
        'prism' as application_name,
        user_key,
        cast(null as uuid) as session_key,
        cast(null as uuid) as trace_key,
        analysis_date as request_date,
        'chat' as operation,
        cast(null as varchar) as provider_name,
        ai_model_name,
        ai_model_version,
        cast(null as bigint) as input_token_count,
        cast(null as bigint) as cache_read_token_count,
        cast(null as bigint) as cache_write_token_count,
        cast(null as bigint) as output_token_count,
        cast(null as bigint) as reasoning_token_count,
        token_count as total_token_count,
        cost_usd as stated_cost_usd,
        {{ whole_quotient(
            epoch_microseconds('completed_at') ~ ' - ' ~ epoch_microseconds('started_at'), 1000
        ) }} as latency_milliseconds,
        cast(null as bigint) as first_token_milliseconds,
        completed_at is not null as is_successful,
        cast(null as varchar) as error_type,
        cast(null as varchar) as finish_reasons,
        cast(null as bigint) as tool_call_count,
        satisfaction_score as user_rating,
        cast(null as varchar) as prompt_name,
        cast(null as varchar) as prompt_version,
        created_at as started_at
    from {{ ref('stg_prism__analysis_results') }}

)

select * from requests
