-- One row per normalized question and category. Built whole, from days rather than interactions:
-- its scores depend on the latest day, so every question may change every day.
with windows as (

    select * from {{ ref('int_assistant__trend_windows') }}

),

-- The one pass over all days; what follows reads a row per question and role.
role_totals as (

    select
        days.query_key,
        days.user_role,
        {{ first_text('days.query_normalized') }} as query_normalized,
        {{ first_text('days.query_type') }} as query_type,
        cast(sum(days.ask_count) as bigint) as ask_count,
        cast(sum(days.success_count) as bigint) as success_count,
        cast(sum(days.response_milliseconds) as bigint) as response_milliseconds,
        cast(sum(days.timed_count) as bigint) as timed_count,
        cast(sum(days.rating_total) as bigint) as rating_total,
        cast(sum(days.rating_count) as bigint) as rating_count,
        {{ sum_where(
            'days.ask_count',
            'days.activity_date between windows.recent_start and windows.last_day'
        ) }} as recent_count,
        {{ sum_where(
            'days.ask_count',
            'days.activity_date between windows.baseline_start and windows.recent_start - 1'
        ) }} as baseline_count,
        max(case when days.activity_date <= windows.last_day then days.last_asked_at end)
            as last_asked_at,
        max(days.last_asked_at) as last_time_told
    from {{ ref('int_assistant__query_days') }} as days
    cross join windows
    group by days.query_key, days.user_role

),

ranked_roles as (

    select
        *,
        row_number() over (
            partition by query_key
            order by ask_count desc nulls last, {{ in_byte_order('user_role') }}
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
        sum(recent_count) as recent_count,
        sum(baseline_count) as baseline_count,
        coalesce(max(last_asked_at), max(last_time_told)) as last_asked
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
        -- Recent asks a day by those before. What was never asked before counts as asked once.
        case
            when
                totals.recent_count + totals.baseline_count
                >= {{ figure_limit('trending_support') }}
                then {{ ratio(
                    'totals.recent_count * windows.baseline_days',
                    'greatest(totals.baseline_count, 1) * windows.recent_days'
                ) }}
        end as trending_score,
        totals.last_asked
    from totals
    cross join windows

)

select * from scored
