-- One row per user role and UTC day: sessions active that day, and how they fared.
-- A session returns where its user was active on one of the 28 days before, so a touched day
-- changes the 28 days after it too.
{{ config(window_column='activity_date', window_days_after=28) }}

with session_days as (

    select * from {{ ref('int_assistant__session_days') }}

),

changed as (

    select * from session_days
    where {{ in_changed_window('activity_date') }}

),

user_days as (

    select distinct
        user_key,
        activity_date
    from session_days
    where user_key is not null

),

returning_users as (

    select distinct
        changed.user_key,
        changed.activity_date
    from changed
    inner join user_days
        on
            changed.user_key = user_days.user_key
            and changed.activity_date > user_days.activity_date
            and changed.activity_date <= user_days.activity_date + 28

),

activity_days as (

    select
        changed.activity_date,
        changed.user_role,
        count(*) as session_count,
        count(changed.user_key) as identified_session_count,
        count(returning_users.user_key) as returning_session_count,
        {{ count_where('changed.technical_query_count > 0') }} as converted_session_count,
        cast(sum(changed.query_count) as bigint) as query_count,
        cast(sum(changed.successful_query_count) as bigint) as successful_query_count,
        cast(sum(changed.response_milliseconds) as bigint) as response_milliseconds,
        cast(sum(changed.timed_query_count) as bigint) as timed_query_count
    from changed
    left join returning_users
        on
            changed.user_key = returning_users.user_key
            and changed.activity_date = returning_users.activity_date
    group by changed.activity_date, changed.user_role

)

select * from activity_days
