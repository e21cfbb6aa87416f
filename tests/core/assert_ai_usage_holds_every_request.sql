-- Days of AI use, and the months they make, hold every request, its tokens and its cost.
{%- set whole = whole_since([ref('fct_ai_requests'), ref('ai_usage_daily')]) %}

with requests as (

    select
        application_name,
        {{ start_of('month', 'request_date') }} as month_start,
        count(*) as request_count,
        coalesce(sum(total_token_count), 0) as token_count,
        coalesce(sum(cost_usd), 0) as cost_usd
    from {{ ref('fct_ai_requests') }}
    where request_date >= {{ whole }}
    group by application_name, {{ start_of('month', 'request_date') }}

),

days as (

    select
        application_name,
        {{ start_of('month', 'request_date') }} as month_start,
        sum(request_count) as request_count,
        sum(total_token_count) as token_count,
        coalesce(sum(cost_usd), 0) as cost_usd
    from {{ ref('ai_usage_daily') }}
    where request_date >= {{ whole }}
    group by application_name, {{ start_of('month', 'request_date') }}

)

select
    requests.application_name,
    requests.month_start,
    days.request_count - requests.request_count as request_difference,
    days.token_count - requests.token_count as token_difference,
    days.cost_usd - requests.cost_usd as cost_difference
from requests
left join days
    on
        requests.application_name = days.application_name
        and requests.month_start = days.month_start
where
    (requests.request_count, requests.token_count, requests.cost_usd)
    is distinct from (days.request_count, days.token_count, days.cost_usd)
