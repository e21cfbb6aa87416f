-- One row per user role and UTC day: sessions active that day, and how they fared.
-- A session returns where its user had another one in the 28 days before, so a touched day changes
-- the 28 days after it too.
{{ config(window_column='activity_date', window_days_after=28) }}

with changed_session_days as (

    select * from {{ ref('int_assistant__session_days') }}
    where {{ in_changed_window('activity_date') }}

),

-- What is to be judged, and what its users did before: others would only be sorted along.
session_days as (

    select * from {{ ref('int_assistant__session_days') }}
    where
        {{ in_changed_window('activity_date', lookback=28) }}
        and (
            {{ in_changed_window('activity_date') }}
            or user_key in (
                select changed_session_days.user_key from changed_session_days
            )
        )

),

-- Rows of the 28 days before that belong to the same user, and of them those of the session itself.
earlier as (

    select
        *,
        count(*) over (
            partition by user_key order by activity_date
            range between interval '28 days' preceding and interval '1 day' preceding
        ) as earlier_count,
        count(*) over (
            partition by user_key, session_key order by activity_date
            range between interval '28 days' preceding and interval '1 day' preceding
        ) as own_earlier_count
    from session_days

),

activity_days as (

    select
        activity_date,
        {{ or_unknown('user_role') }} as user_role,
        count(*) as session_count,
        count(user_key) as identified_session_count,
        {{ count_where('user_key is not null and earlier_count > own_earlier_count') }}
            as returning_session_count,
        {{ count_where('technical_query_count > 0') }} as converted_session_count,
        cast(sum(query_count) as bigint) as query_count,
        cast(sum(successful_query_count) as bigint) as successful_query_count,
        cast(sum(response_milliseconds) as bigint) as response_milliseconds,
        cast(sum(timed_query_count) as bigint) as timed_query_count
    from earlier
    where {{ in_changed_window('activity_date') }}
    group by activity_date, {{ or_unknown('user_role') }}

)

select * from activity_days
