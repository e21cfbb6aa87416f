-- One row per application, AI model and month with requests. The last month's days so far tell what
-- the whole of it will cost.
with days as (

    select
        *,
        {{ start_of('month', 'request_date') }} as month_start
    from {{ ref('ai_usage_daily') }}

),

last_days as (

    select {{ last_known_day('request_date') }} as last_day
    from days

),

months as (

    select
        month_start,
        application_name,
        ai_model_key,
        cast(sum(request_count) as bigint) as request_count,
        cast(sum(total_token_count) as bigint) as total_token_count,
        cast(sum(cost_usd) as numeric(38, 12)) as cost_usd,
        cast(sum(uncosted_request_count) as bigint) as uncosted_request_count
    from days
    group by month_start, application_name, ai_model_key

),

lengths as (

    select
        months.*,
        cast(months.month_start + interval '1 month' as date) - months.month_start as day_count,
        greatest(
            0,
            least(cast(months.month_start + interval '1 month' as date), last_days.last_day + 1)
            - months.month_start
        ) as past_day_count
    from months
    cross join last_days

),

rated as (

    select
        month_start,
        application_name,
        ai_model_key,
        request_count,
        total_token_count,
        cost_usd,
        uncosted_request_count,
        cast(day_count as integer) as day_count,
        cast(past_day_count as integer) as past_day_count,
        {{ ratio('cost_usd * day_count', 'past_day_count') }} as run_rate_usd
    from lengths

)

select * from rated
