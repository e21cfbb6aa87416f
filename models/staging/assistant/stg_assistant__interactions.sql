-- One row per interaction: the latest delivery, without direct identifiers.
-- Sessions, users and questions repeat: each is hashed or redacted once, then joined back.
{{ config(window_column='activity_date', row_key=['interaction_key']) }}

with delivered as not materialized (

    select * from {{ source('assistant', 'interactions') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'assistant.interactions') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('assistant.interactions') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_user_role': 'user_role', 'clean_error_type': 'error_type',
        'clean_provider': 'provider', 'clean_model': 'model',
    }) }}) as latest

),

sessions as (

    select
        session_id,
        {{ hash_pii('session_id', 'session') }} as session_key,
        {{ hash_pii('session_id', 'session', half=2) }} as session_secret
    from (select distinct session_id from delivered) as distinct_sessions

),

users as (

    select
        user_id as account_id,
        {{ hash_pii(given_id('user_id'), 'user') }} as user_key
    from (select distinct user_id from delivered) as distinct_users

),

questions as (

    {{ keyed_questions('delivered') }}

),

renamed as (

    select
        {{ record_key(
            'sessions.session_secret', [epoch_microseconds('redacted.timestamp'), 'redacted.query']
        ) }} as interaction_key,
        sessions.session_key,
        users.user_key,
        {{ hash_pii(given_id('redacted.trace_id'), 'trace') }} as trace_key,
        {{ hash_pii(given_id('redacted.request_id'), 'request') }} as request_key,
        redacted._event_date as activity_date,
        redacted.clean_user_role as user_role,
        questions.clean_query_type as query_type,
        questions.query_key,
        questions.query_text,
        questions.query_normalized,
        redacted.clean_provider as provider,
        redacted.clean_model as model,
        redacted.clean_error_type as error_type,
        {{ scaled_integer(if_possible('assistant.interactions', 'response_time'), 1000) }}
            as response_milliseconds,
        {{ scaled_integer(if_possible('assistant.interactions', 'time_to_first_token'), 1000) }}
            as first_token_milliseconds,
        {{ if_possible('assistant.interactions', 'response_length') }} as response_character_count,
        {{ if_possible('assistant.interactions', 'code_snippets_shown') }} as code_snippet_count,
        {{ if_possible('assistant.interactions', 'citations_provided') }} as citation_count,
        {{ if_possible('assistant.interactions', 'user_rating') }} as user_rating,
        {{ if_possible('assistant.interactions', 'input_tokens') }} as input_token_count,
        {{ if_possible('assistant.interactions', 'output_tokens') }} as output_token_count,
        {{ if_possible('assistant.interactions', 'cached_input_tokens') }}
            as cached_input_token_count,
        {{ if_possible('assistant.interactions', 'reasoning_tokens') }} as reasoning_token_count,
        cast({{ if_possible('assistant.interactions', 'cost_usd') }} as numeric(18, 9)) as cost_usd,
        redacted.success as is_successful,
        coalesce({{ is_not_in_the_future('assistant.interactions') }}, true) as is_time_possible,
        redacted.broken_rules,
        redacted.timestamp as asked_at
    from redacted
    inner join sessions on redacted.session_id = sessions.session_id
    inner join questions on {{ same_question('redacted', 'questions') }}
    left join users on redacted.user_id = users.account_id

)

select * from renamed
