-- One row per normalized question and category. Built whole, from days rather than interactions:
-- its scores depend on the latest day, so every question may change every day.
with query_days as (

    select * from {{ ref('int_assistant__query_days') }}

),

as_of as (

    select
        max(activity_date) as last_day,
        max(activity_date) - min(activity_date) + 1 as day_count
    from query_days

),

roles as (

    select
        query_key,
        user_role,
        sum(ask_count) as ask_count,
        row_number() over (
            partition by query_key
            order by sum(ask_count) desc, {{ in_byte_order('user_role') }}
        ) as role_rank
    from query_days
    group by query_key, user_role

),

popular_roles as (

    select
        query_key,
        string_agg(user_role, ', ' order by role_rank) as popular_roles
    from roles
    where role_rank <= 3
    group by query_key

),

totals as (

    select
        query_days.query_key,
        {{ first_text('query_days.query_normalized') }} as query_normalized,
        {{ first_text('query_days.query_type') }} as query_category,
        cast(sum(query_days.ask_count) as bigint) as total_asks,
        {{ ratio('sum(query_days.success_count)', 'sum(query_days.ask_count)') }} as success_rate,
        {{ ratio('sum(query_days.response_milliseconds)', 'sum(query_days.timed_count) * 1000') }}
            as avg_response_time,
        {{ ratio('sum(query_days.rating_total)', 'sum(query_days.rating_count)') }}
            as avg_user_rating,
        sum(
            case
                when query_days.activity_date > as_of.last_day - 7 then query_days.ask_count
                else 0
            end
        ) as recent_ask_count,
        max(as_of.day_count) as day_count,
        max(query_days.last_asked_at) as last_asked
    from query_days
    cross join as_of
    group by query_days.query_key

),

scored as (

    select
        totals.query_key,
        totals.query_normalized,
        totals.query_category,
        totals.total_asks,
        totals.success_rate,
        totals.avg_response_time,
        totals.avg_user_rating,
        popular_roles.popular_roles,
        -- Asks a day over the last 7 days against asks a day over all days.
        {{ ratio(
            'totals.recent_ask_count * totals.day_count',
            'totals.total_asks * least(7, totals.day_count)'
        ) }} as trending_score,
        totals.last_asked
    from totals
    inner join popular_roles on totals.query_key = popular_roles.query_key

)

select * from scored
