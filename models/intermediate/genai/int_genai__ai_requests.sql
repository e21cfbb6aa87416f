-- One row per call to a model that a span records. A call that two recorders saw counts once, and
-- what an application says once a trace holds for each call in it. A trace is followed for a day
-- before and after a call.
{{ config(window_column='request_date', window_days_before=1, window_days_after=1) }}

{%- set near = 'between calls.span_date - 1 and calls.span_date + 1' %}

with spans as (

    select * from {{ ref('stg_genai__spans') }}
    where {{ in_changed_window('span_date', lookback=1, lookahead=1) }}
    union all
    select * from {{ ref('stg_genai__langfuse_observations') }}
    where {{ in_changed_window('span_date', lookback=1, lookahead=1) }}

),

calls as (

    select * from spans
    where is_model_call

),

-- Of a wrapper and what it wraps, the inner call is the one the provider answered.
wrappers as (

    select calls.span_key
    from calls
    inner join calls as inner_calls
        on
            calls.span_key = inner_calls.parent_span_key
            and inner_calls.span_date {{ near }}
    where
        coalesce(calls.input_token_count, calls.output_token_count) is null
        or (
            calls.input_token_count is not distinct from inner_calls.input_token_count
            and calls.output_token_count is not distinct from inner_calls.output_token_count
        )
    union
    select calls.span_key
    from calls
    inner join calls as later_calls
        on
            calls.response_key = later_calls.response_key
            and later_calls.span_date {{ near }}
    where (calls.started_at, calls.span_key) < (later_calls.started_at, later_calls.span_key)

),

-- What is said of a trace, by day.
said as (

    select
        trace_key,
        span_date,
        user_key,
        session_key,
        application_name
    from spans
    union all
    select
        trace_key,
        trace_date as span_date,
        user_key,
        session_key,
        cast(null as varchar) as application_name
    from {{ ref('stg_genai__langfuse_traces') }}
    where {{ in_changed_window('trace_date', lookback=1, lookahead=1) }}

),

said_by_day as (

    select
        trace_key,
        span_date,
        {{ first_uuid('user_key') }} as user_key,
        {{ first_uuid('session_key') }} as session_key,
        {{ first_text('application_name') }} as application_name
    from said
    where coalesce(user_key, session_key) is not null or application_name is not null
    group by trace_key, span_date

),

call_days as (

    select distinct
        trace_key,
        span_date
    from calls
    where {{ in_changed_window('span_date') }}

),

traces as (

    select
        calls.trace_key,
        calls.span_date,
        {{ first_uuid('said_by_day.user_key') }} as user_key,
        {{ first_uuid('said_by_day.session_key') }} as session_key,
        {{ first_text('said_by_day.application_name') }} as application_name
    from call_days as calls
    inner join said_by_day
        on
            calls.trace_key = said_by_day.trace_key
            and said_by_day.span_date {{ near }}
    group by calls.trace_key, calls.span_date

),

requests as (

    select
        calls.span_key as request_key,
        coalesce(calls.application_name, traces.application_name) as application_name,
        coalesce(calls.user_key, traces.user_key) as user_key,
        coalesce(calls.session_key, traces.session_key) as session_key,
        calls.trace_key,
        calls.span_date as request_date,
        calls.operation,
        calls.provider_name,
        calls.ai_model_name,
        cast(null as varchar) as ai_model_version,
        calls.input_token_count,
        calls.cache_read_token_count,
        calls.cache_write_token_count,
        calls.output_token_count,
        calls.reasoning_token_count,
        calls.input_token_count + calls.output_token_count as total_token_count,
        calls.stated_cost_usd,
        {{ whole_quotient(
            epoch_microseconds('calls.ended_at') ~ ' - ' ~ epoch_microseconds('calls.started_at'), 1000
        ) }} as latency_milliseconds,
        calls.first_token_milliseconds,
        calls.is_successful,
        calls.error_type,
        calls.finish_reasons,
        calls.tool_call_count,
        cast(null as numeric(5, 4)) as user_rating,
        calls.prompt_name,
        calls.prompt_version,
        calls.started_at
    from calls
    left join wrappers on calls.span_key = wrappers.span_key
    left join traces
        on
            calls.trace_key = traces.trace_key
            and calls.span_date = traces.span_date
    where
        wrappers.span_key is null
        and {{ in_changed_window('calls.span_date') }}

)

select * from requests
