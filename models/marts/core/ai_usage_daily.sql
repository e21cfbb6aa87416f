-- One row per application, AI model and UTC day with requests. A day of calls depends on the days
-- beside it, see int_genai__ai_requests.
{{ config(
    materialized='incremental',
    window_column='request_date',
    window_days_before=1,
    window_days_after=1,
) }}

with requests as (

    select * from {{ ref('fct_ai_requests') }}
    where {{ in_changed_window('request_date') }}

),

summed as (

    select
        request_date,
        application_name,
        ai_model_key,
        count(*) as request_count,
        {{ count_where('not is_successful') }} as failed_request_count,
        count(distinct case when user_key != {{ unknown_key() }} then user_key end) as user_count,
        cast(coalesce(sum(input_token_count), 0) as bigint) as input_token_count,
        cast(coalesce(sum(cache_read_token_count), 0) as bigint) as cache_read_token_count,
        cast(coalesce(sum(cache_write_token_count), 0) as bigint) as cache_write_token_count,
        cast(coalesce(sum(output_token_count), 0) as bigint) as output_token_count,
        cast(coalesce(sum(reasoning_token_count), 0) as bigint) as reasoning_token_count,
        cast(coalesce(sum(total_token_count), 0) as bigint) as total_token_count,
        cast(sum(cost_usd) as numeric(38, 12)) as cost_usd,
        {{ count_where('cost_usd is null') }} as uncosted_request_count,
        {{ ratio('sum(cache_read_token_count)', 'sum(input_token_count)') }} as cache_hit_ratio,
        {{ ratio(count_where('not is_successful'), 'count(*)') }} as error_ratio,
        percentile_disc(0.5) within group (order by latency_milliseconds)
            as p50_latency_milliseconds,
        percentile_disc(0.5) within group (order by first_token_milliseconds)
            as p50_first_token_milliseconds,
        percentile_disc(0.95) within group (order by latency_milliseconds)
            as p95_latency_milliseconds,
        percentile_disc(0.95) within group (order by first_token_milliseconds)
            as p95_first_token_milliseconds,
        percentile_disc(0.99) within group (order by latency_milliseconds)
            as p99_latency_milliseconds,
        percentile_disc(0.99) within group (order by first_token_milliseconds)
            as p99_first_token_milliseconds
    from requests
    group by request_date, application_name, ai_model_key

)

select * from summed
