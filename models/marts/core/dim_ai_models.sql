-- One row per AI model and version that was asked something.
with requests as (

    {{ ai_requests('ai_model_name is not null') }}

),

used as (

    select
        {{ ai_model_key('ai_model_name', 'ai_model_version') }} as ai_model_key,
        ai_model_name,
        ai_model_version,
        min(request_date) as first_used_date,
        {{ last_known_day('request_date') }} as last_used_date
    from requests
    group by ai_model_name, ai_model_version

),

described as (

    select * from used
    union all
    {{ unknown_member({'ai_model_version': 'cast(null as varchar)'}) }}

)

select * from described
