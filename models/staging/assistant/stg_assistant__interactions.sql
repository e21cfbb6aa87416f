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
        {{ broken_rules('assistant.interactions') }} as broken_rules,
        {{ redact_pii('user_role') }} as clean_user_role
    from latest

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
        redacted._event_date as activity_date,
        redacted.clean_user_role as user_role,
        questions.clean_query_type as query_type,
        questions.query_key,
        questions.query_text,
        questions.query_normalized,
        {{ scaled_integer(if_possible('assistant.interactions', 'response_time'), 1000) }}
            as response_milliseconds,
        {{ if_possible('assistant.interactions', 'response_length') }} as response_character_count,
        {{ if_possible('assistant.interactions', 'code_snippets_shown') }} as code_snippet_count,
        {{ if_possible('assistant.interactions', 'citations_provided') }} as citation_count,
        {{ if_possible('assistant.interactions', 'user_rating') }} as user_rating,
        redacted.success as is_successful,
        coalesce({{ is_not_in_the_future('assistant.interactions') }}, true) as is_time_possible,
        redacted.broken_rules,
        redacted.timestamp as asked_at
    from redacted
    inner join sessions on redacted.session_id = sessions.session_id
    inner join questions
        on
            redacted.query = questions.query
            and redacted.query_type = questions.query_type
    left join users on redacted.user_id = users.account_id

)

select * from renamed
