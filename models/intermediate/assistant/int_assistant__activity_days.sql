-- One row per user role and UTC day: sessions active that day, and how they fared.
-- A session returns where its user had another one in the 28 days before, so a touched day changes
-- the 28 days after it too.
{{ config(window_column='activity_date', window_days_after=28) }}

with session_days as (

    select * from {{ ref('int_assistant__session_days') }}
    where {{ in_changed_window('activity_date', lookback=28) }}

),

changed as (

    select * from session_days
    where {{ in_changed_window('activity_date') }}

),

returning_sessions as (

    select distinct
        changed.session_key,
        changed.activity_date
    from changed
    inner join session_days as earlier
        on
            changed.user_key = earlier.user_key
            and changed.session_key != earlier.session_key
            and changed.activity_date > earlier.activity_date
            and changed.activity_date <= earlier.activity_date + 28

),

activity_days as (

    select
        changed.activity_date,
        changed.user_role,
        count(*) as session_count,
        count(changed.user_key) as identified_session_count,
        count(returning_sessions.session_key) as returning_session_count,
        {{ count_where('changed.technical_query_count > 0') }} as converted_session_count,
        cast(sum(changed.query_count) as bigint) as query_count,
        cast(sum(changed.successful_query_count) as bigint) as successful_query_count,
        cast(sum(changed.response_milliseconds) as bigint) as response_milliseconds,
        cast(sum(changed.timed_query_count) as bigint) as timed_query_count
    from changed
    left join returning_sessions
        on
            changed.session_key = returning_sessions.session_key
            and changed.activity_date = returning_sessions.activity_date
    group by changed.activity_date, changed.user_role

)

select * from activity_days
