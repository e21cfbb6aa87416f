-- One row per user role and UTC day: the median response time, to which medians of sessions do not
-- add up.
{{ config(window_column='activity_date') }}

with session_days as (

    select * from {{ ref('int_assistant__session_days') }}
    where {{ in_changed_window('activity_date') }}

),

interactions as (

    select * from {{ ref('stg_assistant__interactions') }}
    where {{ in_changed_window('activity_date') }}

),

-- A session's role of the day, as its other figures have it.
response_days as (

    select
        session_days.activity_date,
        {{ or_unknown('session_days.user_role') }} as user_role,
        {{ median('interactions.response_milliseconds', 1000) }} as median_response_time
    from session_days
    inner join interactions
        on
            session_days.session_key = interactions.session_key
            and session_days.activity_date = interactions.activity_date
    group by session_days.activity_date, {{ or_unknown('session_days.user_role') }}

)

select * from response_days
