-- One row per observation of Langfuse, as a span: the latest delivery, without direct identifiers.
-- What was said stays behind.
{{ config(window_column='span_date', row_key=['span_key', 'started_at']) }}

{#- Keys of usage_details. What Langfuse calls input leaves cached tokens out. -#}
{%- set read = '^(input_)?cache_?(read|d)|^input_cached' %}
{%- set written = '^(input_)?cache_?(creation|write)' %}
{%- set cost = if_possible('genai.langfuse_observations', 'total_cost') %}

with delivered as not materialized (

    select * from {{ source('genai', 'langfuse_observations') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'genai.langfuse_observations') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('genai.langfuse_observations') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_application': 'coalesce('
            ~ named_service(json_text_at('metadata', ['resourceAttributes', 'service.name']))
            ~ ', project_id)',
        'clean_type': 'lower("type")',
        'clean_model': 'model',
        'clean_prompt_name': 'prompt_name',
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

sessions as (

    select
        session_id as raw_session_id,
        {{ hash_pii(given_id('session_id'), 'session') }} as session_key
    from (select distinct session_id from delivered) as distinct_sessions

),

renamed as (

    select
        {{ record_key('traces.trace_secret', ["'span'", 'redacted.id']) }} as span_key,
        traces.trace_key,
        case
            when redacted.parent_observation_id is not null
                then {{ record_key(
                    'traces.trace_secret', ["'span'", 'redacted.parent_observation_id']
                ) }}
        end as parent_span_key,
        cast(null as uuid) as response_key,
        sessions.session_key,
        people.user_key,
        redacted._event_date as span_date,
        redacted.clean_application as application_name,
        case redacted.clean_type
            when 'generation' then 'chat'
            when 'embedding' then 'embeddings'
            when 'tool' then 'execute_tool'
            when 'agent' then 'invoke_agent'
            else redacted.clean_type
        end as operation,
        cast(null as varchar) as provider_name,
        redacted.clean_model as ai_model_name,
        redacted.clean_prompt_name as prompt_name,
        cast(redacted.prompt_version as varchar) as prompt_version,
        case when redacted.level = 'ERROR' then 'error' end as error_type,
        cast(null as varchar) as finish_reasons,
        {{ json_array_count('redacted.tool_calls') }} as tool_call_count,
        {{ json_sum('redacted.usage_details', '^input|^cache_?(read|creation|write|d)') }}
            as input_token_count,
        {{ json_sum('redacted.usage_details', read) }} as cache_read_token_count,
        {{ json_sum('redacted.usage_details', written) }} as cache_write_token_count,
        {{ json_sum('redacted.usage_details', '^output') }} as output_token_count,
        {{ json_sum('redacted.usage_details', 'reasoning') }} as reasoning_token_count,
        case
            when
                redacted.total_cost > 0
                or coalesce(cast(redacted.cost_details as varchar), '{}') != '{}'
                then cast({{ cost }} as numeric(38, 12))
        end as stated_cost_usd,
        case
            when redacted.completion_start_time >= redacted.start_time
                then {{ whole_quotient(
                    epoch_microseconds('redacted.completion_start_time')
                    ~ ' - ' ~ epoch_microseconds('redacted.start_time'), 1000
                ) }}
        end as first_token_milliseconds,
        redacted.clean_type in ('generation', 'embedding') as is_model_call,
        coalesce(redacted.level, '') != 'ERROR' as is_successful,
        redacted.broken_rules,
        redacted.start_time as started_at,
        {{ if_possible('genai.langfuse_observations', 'end_time') }} as ended_at
    from redacted
    inner join traces on redacted.trace_id = traces.trace_id
    left join people on redacted.user_id = people.account_id
    left join sessions on redacted.session_id = sessions.raw_session_id

)

select * from renamed
