-- Every day has as many facts as events were delivered for that day: what is wrong stays.
with facts as (

    select
        event_date,
        count(*) as event_count
    from {{ ref('fct_events') }}
    group by event_date

),

delivered as (

    select
        event_date,
        count(*) as event_count
    from {{ ref('stg_codex__events') }}
    group by event_date

)

select
    coalesce(facts.event_date, delivered.event_date) as event_date,
    facts.event_count as in_facts,
    delivered.event_count as in_staging
from facts
full outer join delivered on facts.event_date = delivered.event_date
where
    coalesce(facts.event_count, 0) != coalesce(delivered.event_count, 0)
    and coalesce(facts.event_date, delivered.event_date)
    >= {{ whole_since([ref('fct_events'), ref('stg_codex__events')]) }}
