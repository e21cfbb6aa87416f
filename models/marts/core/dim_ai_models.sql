-- One row per AI model and version that was asked something.
with used as (
{% for source_requests in models_of('ai_requests').values() %}
    {{ 'union all' if not loop.first }}
    select
        ai_model_name,
        ai_model_version,
        min(request_date) as first_used_date,
        {{ last_known_day('request_date') }} as last_used_date
    from {{ source_requests }}
    where ai_model_name is not null
    group by ai_model_name, ai_model_version
{%- endfor %}

),

keyed as (

    select
        {{ ai_model_key('ai_model_name', 'ai_model_version') }} as ai_model_key,
        ai_model_name,
        ai_model_version,
        min(first_used_date) as first_used_date,
        {{ last_known_day('last_used_date') }} as last_used_date
    from used
    group by ai_model_name, ai_model_version

),

described as (

    select * from keyed
    union all
    {{ unknown_member({'ai_model_version': 'cast(null as varchar)'}) }}

)

select * from described
