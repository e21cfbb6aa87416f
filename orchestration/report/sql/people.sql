-- One row per span, and per span and day or kind of person: who uploaded, asked for an analysis or
-- gave feedback, each person once.
with seen as (

    select
        analysis_date as day,
        user_key,
        user_version_key
    from {s}documents.fct_document_analysis
    where
        analysis_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )
    union all
    select
        feedback_date as day,
        user_key,
        user_version_key
    from {s}documents.fct_user_feedback
    where
        feedback_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )
    union all
    select
        documents.upload_date as day,
        documents.uploader_key as user_key,
        users.user_version_key
    from {s}core.dim_documents as documents
    left join {s}core.dim_users as users
        on
            documents.uploader_key = users.user_key
            and documents.upload_date >= users.effective_date
            and documents.upload_date < users.expiry_date
    where
        documents.upload_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or documents.organization_id = cast($organization_id as uuid)
        )

),

people as (

    select distinct
        day >= $first_day as in_period,
        user_key,
        user_version_key
    from seen
    where user_key is not null

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
where user_key is not null
group by day
