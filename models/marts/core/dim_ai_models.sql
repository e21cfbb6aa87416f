-- One row per AI model and version that analysed something.
with analyses as (

    select * from {{ ref('stg_prism__analysis_results') }}

),

used as (

    select
        {{ ai_model_key('ai_model_name', 'ai_model_version') }} as ai_model_key,
        ai_model_name,
        ai_model_version,
        min(analysis_date) as first_used_date,
        {{ last_known_day('analysis_date') }} as last_used_date
    from analyses
    where ai_model_name is not null
    group by ai_model_name, ai_model_version

),

described as (

    select * from used
    union all
    {{ unknown_member({'ai_model_version': 'cast(null as varchar)'}) }}

)

select * from described
