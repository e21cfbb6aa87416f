-- One row per request to an AI model, whatever the application. Built whole: so a row ends where
-- the rules of its own application end it.
with requests as (

    {{ ai_requests() }}

),

counted as (

    select
        *,
        input_token_count
        - coalesce(cache_read_token_count, 0)
        - coalesce(cache_write_token_count, 0) as plain_token_count
    from requests

),

prices as (

    select * from {{ ref('int_genai__model_prices') }}

),

-- A model is priced by its own name, else by that without the date of a version.
priced_models as (

    select
        named.ai_model_name,
        case
            when named.ai_model_name in (select prices.ai_model_name from prices)
                then named.ai_model_name
            else {{ undated('named.ai_model_name') }}
        end as priced_name
    from (select distinct ai_model_name from requests) as named

),

-- What each kind of token costs, in millionths of a dollar.
priced as (

    select
        requests.*,
        coalesce(requests.provider_name, prices.provider_name) as known_provider_name,
        case
            when coalesce(requests.plain_token_count, 0) = 0 then 0
            else cast(requests.plain_token_count as numeric(15, 0)) * prices.input_usd
        end as input_cost,
        case
            when coalesce(requests.cache_read_token_count, 0) = 0 then 0
            else cast(requests.cache_read_token_count as numeric(15, 0)) * prices.cache_read_usd
        end as cache_read_cost,
        case
            when coalesce(requests.cache_write_token_count, 0) = 0 then 0
            else cast(requests.cache_write_token_count as numeric(15, 0)) * prices.cache_write_usd
        end as cache_write_cost,
        case
            when coalesce(requests.output_token_count, 0) = 0 then 0
            else cast(requests.output_token_count as numeric(15, 0)) * prices.output_usd
        end as output_cost
    from counted as requests
    left join priced_models on requests.ai_model_name = priced_models.ai_model_name
    left join prices
        on
            priced_models.priced_name = prices.ai_model_name
            and requests.request_date >= prices.valid_from
            and (prices.valid_to is null or requests.request_date <= prices.valid_to)
            and (
                prices.above_input_tokens = 0
                or requests.input_token_count > prices.above_input_tokens
            )
            and (
                prices.upto_input_tokens is null
                or coalesce(requests.input_token_count, 0) <= prices.upto_input_tokens
            )

),

costed as (

    select
        *,
        case
            when coalesce(input_token_count, output_token_count) is not null
                then 0.000001 * (input_cost + cache_read_cost + cache_write_cost + output_cost)
        end as computed_cost_usd
    from priced

),

measured as (

    select
        request_key,
        coalesce(application_name, 'unknown') as application_name,
        coalesce(user_key, {{ unknown_key() }}) as user_key,
        session_key,
        trace_key,
        {{ ai_model_key('ai_model_name', 'ai_model_version') }} as ai_model_key,
        {{ date_key('started_at') }} as date_key,
        {{ time_key('started_at') }} as time_key,
        request_date,
        operation,
        known_provider_name as provider_name,
        input_token_count,
        cache_read_token_count,
        cache_write_token_count,
        output_token_count,
        reasoning_token_count,
        total_token_count,
        cast(coalesce(stated_cost_usd, computed_cost_usd) as numeric(38, 12)) as cost_usd,
        case
            when stated_cost_usd is not null then 'stated'
            when computed_cost_usd is not null then 'computed'
            when total_token_count is not null then 'unpriced'
            else 'unknown'
        end as cost_source,
        latency_milliseconds,
        first_token_milliseconds,
        is_successful,
        error_type,
        finish_reasons,
        tool_call_count,
        user_rating,
        prompt_name,
        prompt_version,
        started_at
    from costed

)

select * from measured
