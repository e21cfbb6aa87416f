{#-
    Query. The requests to AI models of every source: of each model int_<source>__ai_requests, which has
    these columns in this order. Input counts cached tokens, output those of reasoning; a model's
    version is null where it is part of the name.
-#}
{% macro ai_requests(condition='true') -%}
    select
        cast(null as uuid) as request_key,
        cast(null as varchar) as application_name,
        cast(null as uuid) as user_key,
        cast(null as uuid) as session_key,
        cast(null as uuid) as trace_key,
        cast(null as date) as request_date,
        cast(null as varchar) as operation,
        cast(null as varchar) as provider_name,
        cast(null as varchar) as ai_model_name,
        cast(null as varchar) as ai_model_version,
        cast(null as bigint) as input_token_count,
        cast(null as bigint) as cache_read_token_count,
        cast(null as bigint) as cache_write_token_count,
        cast(null as bigint) as output_token_count,
        cast(null as bigint) as reasoning_token_count,
        cast(null as bigint) as total_token_count,
        cast(null as numeric(38, 12)) as stated_cost_usd,
        cast(null as bigint) as latency_milliseconds,
        cast(null as bigint) as first_token_milliseconds,
        cast(null as boolean) as is_successful,
        cast(null as varchar) as error_type,
        cast(null as varchar) as finish_reasons,
        cast(null as bigint) as tool_call_count,
        cast(null as numeric(5, 4)) as user_rating,
        cast(null as varchar) as prompt_name,
        cast(null as varchar) as prompt_version,
        cast(null as timestamp) as started_at
    where false
    {%- for requests in models_of('ai_requests').values() %}
    union all
    select * from {{ requests }}
    where {{ condition }}
    {%- endfor %}
{%- endmacro %}
