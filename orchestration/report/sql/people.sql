-- One row per span, and per span and day or kind of person: how many people uploaded a document,
-- asked for an analysis or gave feedback. Each person counts once.
with seen as (

    select
        active.activity_date as day,
        active.user_key,
        users.user_version_key
    from {s}documents.active_users_daily as active
    left join {s}core.dim_users as users
        on
            active.user_key = users.user_key
            and active.activity_date >= users.effective_date
            and active.activity_date < users.expiry_date
    where
        active.activity_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or active.organization_id = cast($organization_id as uuid)
        )

),

people as (

    select distinct
        day >= $first_day as in_period,
        user_key,
        user_version_key
    from seen

),

described as (

    select
        people.in_period,
        people.user_key,
        coalesce(users.user_type, 'unknown') as user_type,
        coalesce(users.user_role, 'unknown') as user_role,
        coalesce(users.subscription_tier, 'unknown') as subscription_tier
    from people
    left join {s}core.dim_users as users on people.user_version_key = users.user_version_key

)

select
    in_period,
    cast(null as date) as day,
    user_type,
    user_role,
    subscription_tier,
    count(distinct user_key) as people
from described
group by grouping sets (
    (in_period),
    (in_period, user_type),
    (in_period, user_role),
    (in_period, subscription_tier)
)
union all
select
    day >= $first_day as in_period,
    day,
    null as user_type,
    null as user_role,
    null as subscription_tier,
    count(distinct user_key) as people
from seen
group by day
