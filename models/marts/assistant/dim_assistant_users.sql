-- One row per person who asked the assistant something, and an unknown member. Built from days.
with session_days as (

    select * from {{ ref('int_assistant__session_days') }}
    where user_key is not null

),

people as (

    select
        user_key,
        {{ or_unknown(first_text('user_role')) }} as user_role,
        count(distinct session_key) as session_count,
        cast(sum(query_count) as bigint) as query_count,
        min(activity_date) as first_active_date,
        {{ last_known_day('activity_date') }} as last_active_date
    from session_days
    group by user_key

),

described as (

    select * from people
    union all
    {{ unknown_member({'session_count': '0', 'query_count': '0'}) }}

)

select * from described
