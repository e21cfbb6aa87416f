-- One row per span, and per span and day or action.
with feedback as (

    select
        feedback_date >= $first_day as in_period,
        feedback_date as day,
        coalesce(feedback_action, 'not stated') as feedback_action,
        feedback_rating
    from {s}documents.fct_user_feedback
    where
        feedback_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )

)

select
    in_period,
    day,
    feedback_action,
    count(*) as given,
    count(*) filter (where feedback_action = 'accepted') as accepted,
    count(*) filter (where feedback_action = 'rejected') as rejected,
    cast(sum(feedback_rating) as bigint) as rating_total,
    count(feedback_rating) as rated
from feedback
group by grouping sets ((in_period), (in_period, day), (in_period, feedback_action))
