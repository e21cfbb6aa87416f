-- One row per span, and per span and hour of the day. A person's hour counts for the organization
-- to which the person belonged on that day.
with hours as (

    select
        hours.activity_date >= $first_day as in_period,
        hours.hour_number,
        hours.session_duration_minutes,
        hours.documents_processed + hours.ai_interactions + hours.feedback_submissions as actions
    from {s}documents.user_analytics_hourly as hours
    left join {s}core.dim_users as users
        on
            cast($organization_id as uuid) is not null
            and hours.user_key = users.user_key
            and hours.activity_date >= users.effective_date
            and hours.activity_date < users.expiry_date
    where
        hours.activity_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or users.organization_id = cast($organization_id as uuid)
        )

)

select
    in_period,
    hour_number,
    sum(session_duration_minutes) as session_minutes,
    cast(sum(actions) as bigint) as actions
from hours
group by grouping sets ((in_period), (in_period, hour_number))
