-- One row per UTC day and part of the health score, as last assessed that day.
with assessments as (

    select * from {{ ref('stg_granary__health_assessments') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by health_date, part
            order by assessment_number desc nulls last
        ) as place
    from assessments

),

latest as (

    select
        health_date,
        part,
        status,
        score_percent,
        weight,
        measured,
        unit,
        finding,
        advice,
        assessed_at
    from ranked
    where place = 1

)

select * from latest
