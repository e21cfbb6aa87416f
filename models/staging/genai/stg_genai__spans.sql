-- One row per span: the latest delivery, without direct identifiers. What was said stays behind.
{{ config(window_column='span_date', row_key=['span_key', 'started_at']) }}

{%- set cached = 'coalesce(cache_read_token_count, 0) + coalesce(cache_write_token_count, 0)' %}

with delivered as not materialized (

    select * from {{ source('genai', 'spans') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'genai.spans') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('genai.spans') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_application': named_service('service_name'),
        'clean_operation': 'operation_name',
        'clean_provider': 'provider_name',
        'clean_model': 'coalesce(response_model, request_model)',
        'clean_prompt_name': 'prompt_name',
        'clean_prompt_version': 'prompt_version',
        'clean_error_type': 'error_type',
        'clean_finish_reasons': json_texts('finish_reasons'),
    }) }}) as latest

),

traces as (

    select
        trace_id,
        {{ hash_pii('trace_id', 'trace') }} as trace_key,
        {{ hash_pii('trace_id', 'trace', half=2) }} as trace_secret
    from (select distinct trace_id from delivered) as distinct_traces

),

people as (

    select
        user_id as account_id,
        {{ hash_pii(given_id('user_id'), 'user') }} as user_key
    from (select distinct user_id from delivered) as distinct_people

),

conversations as (

    select
        conversation_id as raw_conversation_id,
        {{ hash_pii(given_id('conversation_id'), 'session') }} as session_key
    from (select distinct conversation_id from delivered) as distinct_conversations

),

renamed as (

    select
        {{ record_key('traces.trace_secret', ["'span'", 'redacted.span_id']) }} as span_key,
        traces.trace_key,
        case
            when redacted.parent_span_id is not null
                then {{ record_key('traces.trace_secret', ["'span'", 'redacted.parent_span_id']) }}
        end as parent_span_key,
        case
            when redacted.response_id is not null
                then {{ record_key('traces.trace_secret', ["'response'", 'redacted.response_id']) }}
        end as response_key,
        conversations.session_key,
        people.user_key,
        redacted._event_date as span_date,
        redacted.clean_application as application_name,
        redacted.clean_operation as operation,
        redacted.clean_provider as provider_name,
        redacted.clean_model as ai_model_name,
        redacted.clean_prompt_name as prompt_name,
        redacted.clean_prompt_version as prompt_version,
        redacted.clean_error_type as error_type,
        redacted.clean_finish_reasons as finish_reasons,
        {{ json_path_count('redacted.output_messages', ['parts'], 'type', 'tool_call') }}
            as tool_call_count,
        {{ if_possible('genai.spans', 'input_tokens') }} as stated_input_token_count,
        {{ if_possible('genai.spans', 'cache_read_tokens') }} as cache_read_token_count,
        {{ if_possible('genai.spans', 'cache_write_tokens') }} as cache_write_token_count,
        {{ if_possible('genai.spans', 'output_tokens') }} as output_token_count,
        {{ if_possible('genai.spans', 'reasoning_tokens') }} as reasoning_token_count,
        cast({{ if_possible('genai.spans', 'cost_usd') }} as numeric(38, 12)) as stated_cost_usd,
        {{ scaled_integer(if_possible('genai.spans', 'time_to_first_chunk'), 1000) }}
            as first_token_milliseconds,
        redacted.error_type is null
        and upper(coalesce(redacted.status_code, '')) not in ('ERROR', 'STATUS_CODE_ERROR', '2')
            as is_successful,
        redacted.broken_rules,
        redacted.start_time as started_at,
        {{ if_possible('genai.spans', 'end_time') }} as ended_at
    from redacted
    inner join traces on redacted.trace_id = traces.trace_id
    left join people on redacted.user_id = people.account_id
    left join conversations on redacted.conversation_id = conversations.raw_conversation_id

),

-- Cached tokens are part of the input. Some recorders state them beside it, as one provider does.
counted as (

    select
        span_key,
        trace_key,
        parent_span_key,
        response_key,
        session_key,
        user_key,
        span_date,
        application_name,
        operation,
        provider_name,
        ai_model_name,
        prompt_name,
        prompt_version,
        error_type,
        finish_reasons,
        tool_call_count,
        case
            when {{ cached }} > coalesce(stated_input_token_count, 0)
                then coalesce(stated_input_token_count, 0) + {{ cached }}
            else stated_input_token_count
        end as input_token_count,
        cache_read_token_count,
        cache_write_token_count,
        output_token_count,
        reasoning_token_count,
        stated_cost_usd,
        first_token_milliseconds,
        {{ is_model_call(
            'operation', 'ai_model_name', 'coalesce(stated_input_token_count, output_token_count)'
        ) }} as is_model_call,
        is_successful,
        broken_rules,
        started_at,
        ended_at
    from renamed

)

select * from counted
