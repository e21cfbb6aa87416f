-- One row per UTC day and user role. Built whole, from days.
with activity_days as (

    select * from {{ ref('int_assistant__activity_days') }}

),

responses as (

    select * from {{ ref('int_assistant__response_days') }}

),

-- Days without a session count as none, so the trend is a mean over days, not over active days.
trend as (

    select
        activity_date,
        user_role,
        sum(session_count) over (
            partition by user_role order by activity_date
            range between interval '27 days' preceding and current row
        ) as trailing_session_count,
        min(activity_date) over (partition by user_role) as first_activity_date
    from activity_days

),

metrics as (

    select
        activity_days.activity_date,
        activity_days.user_role,
        activity_days.session_count,
        activity_days.returning_session_count,
        activity_days.converted_session_count,
        activity_days.query_count,
        activity_days.successful_query_count,
        {{ ratio('activity_days.converted_session_count', 'activity_days.session_count') }}
            as conversion_rate,
        {{ ratio('activity_days.query_count', 'activity_days.session_count') }}
            as queries_per_session,
        {{ ratio(
            'activity_days.returning_session_count', 'activity_days.identified_session_count'
        ) }} as returning_ratio,
        {{ ratio('activity_days.successful_query_count', 'activity_days.query_count') }}
            as success_rate,
        {{ ratio('activity_days.response_milliseconds', 'activity_days.timed_query_count * 1000') }}
            as avg_response_time,
        responses.median_response_time,
        {{ ratio(
            'trend.trailing_session_count',
            'least(28, trend.activity_date - trend.first_activity_date + 1)'
        ) }} as trend_sessions_per_day
    from activity_days
    inner join trend
        on
            activity_days.activity_date = trend.activity_date
            and activity_days.user_role = trend.user_role
    left join responses
        on
            activity_days.activity_date = responses.activity_date
            and activity_days.user_role = responses.user_role

)

select * from metrics
