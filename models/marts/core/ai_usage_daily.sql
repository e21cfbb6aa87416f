-- One row per application, AI model and UTC day with requests.
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
        {% for tokens in ['input', 'cache_read', 'cache_write', 'output', 'reasoning', 'total'] -%}
            cast(coalesce(sum({{ tokens }}_token_count), 0) as bigint) as {{ tokens }}_token_count,
        {% endfor -%}
        cast(coalesce(sum(cost_usd), 0) as numeric(38, 12)) as cost_usd,
        {{ count_where('cost_usd is null') }} as uncosted_request_count,
        {{ ratio('sum(cache_read_token_count)', 'sum(input_token_count)') }} as cache_hit_ratio,
        {{ ratio(count_where('not is_successful'), 'count(*)') }} as error_ratio,
        {% for percentile in ['0.5', '0.95', '0.99'] -%}
            {% set name = {'0.5': 'p50', '0.95': 'p95', '0.99': 'p99'}[percentile] -%}
            percentile_disc({{ percentile }}) within group (order by latency_milliseconds)
                as {{ name }}_latency_milliseconds,
            percentile_disc({{ percentile }}) within group (order by first_token_milliseconds)
                as {{ name }}_first_token_milliseconds{{ ',' if not loop.last }}
        {% endfor %}
    from requests
    group by request_date, application_name, ai_model_key

)

select * from summed
