-- One row per normalized question and category. Built whole, from days rather than interactions:
-- its scores depend on the latest day, so every question may change every day.
with query_days as not materialized (

    select * from {{ ref('int_assistant__query_days') }}

),

as_of as (

    select
        max(activity_date) as last_day,
        max(activity_date) - min(activity_date) + 1 as day_count
    from query_days

),

-- The one pass over all days; what follows reads a row per question and role.
role_totals as (

    select
        query_days.query_key,
        query_days.user_role,
        {{ first_text('query_days.query_normalized') }} as query_normalized,
        {{ first_text('query_days.query_type') }} as query_type,
        cast(sum(query_days.ask_count) as bigint) as ask_count,
        cast(sum(query_days.success_count) as bigint) as success_count,
        cast(sum(query_days.response_milliseconds) as bigint) as response_milliseconds,
        cast(sum(query_days.timed_count) as bigint) as timed_count,
        cast(sum(query_days.rating_total) as bigint) as rating_total,
        cast(sum(query_days.rating_count) as bigint) as rating_count,
        cast(sum(
            case
                when query_days.activity_date > as_of.last_day - 7 then query_days.ask_count
                else 0
            end
        ) as bigint) as recent_ask_count,
        max(query_days.last_asked_at) as last_asked_at
    from query_days
    cross join as_of
    group by query_days.query_key, query_days.user_role

),

ranked_roles as (

    select
        *,
        row_number() over (
            partition by query_key order by ask_count desc, {{ in_byte_order('user_role') }}
        ) as role_rank
    from role_totals

),

totals as (

    select
        query_key,
        {{ first_text('query_normalized') }} as query_normalized,
        {{ first_text('query_type') }} as query_category,
        cast(sum(ask_count) as bigint) as total_asks,
        {{ ratio('sum(success_count)', 'sum(ask_count)') }} as success_rate,
        {{ ratio('sum(response_milliseconds)', 'sum(timed_count) * 1000') }} as avg_response_time,
        {{ ratio('sum(rating_total)', 'sum(rating_count)') }} as avg_user_rating,
        string_agg(case when role_rank <= 3 then user_role end, ', ' order by role_rank)
            as popular_roles,
        sum(recent_ask_count) as recent_ask_count,
        max(last_asked_at) as last_asked
    from ranked_roles
    group by query_key

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
        totals.popular_roles,
        -- Asks a day over the last 7 days against asks a day over all days.
        {{ ratio(
            'totals.recent_ask_count * as_of.day_count',
            'totals.total_asks * least(7, as_of.day_count)'
        ) }} as trending_score,
        totals.last_asked
    from totals
    cross join as_of

)

select * from scored
