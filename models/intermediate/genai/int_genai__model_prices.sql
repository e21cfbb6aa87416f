-- One row per AI model, period and range of input tokens: what a million tokens cost.
{{ config(materialized='view') }}

with prices as (

    select * from {{ ref('model_prices') }}

),

ranges as (

    select
        provider_name,
        ai_model_name,
        valid_from,
        valid_to,
        above_input_tokens,
        input_usd,
        cache_read_usd,
        cache_write_usd,
        output_usd,
        price_source,
        stated_on,
        lead(above_input_tokens) over (
            partition by ai_model_name, valid_from order by above_input_tokens
        ) as upto_input_tokens
    from prices

)

select * from ranges
