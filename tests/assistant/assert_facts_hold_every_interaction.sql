-- Every day has as many facts as interactions were delivered for that day.
with facts as (

    select
        activity_date,
        count(*) as interaction_count
    from {{ ref('fct_assistant_interactions') }}
    group by activity_date

),

delivered as (

    select
        activity_date,
        count(*) as interaction_count
    from {{ ref('stg_assistant__interactions') }}
    group by activity_date

)

select
    coalesce(facts.activity_date, delivered.activity_date) as activity_date,
    facts.interaction_count as in_facts,
    delivered.interaction_count as in_staging
from facts
full outer join delivered on facts.activity_date = delivered.activity_date
where
    coalesce(facts.interaction_count, 0) != coalesce(delivered.interaction_count, 0)
    and coalesce(facts.activity_date, delivered.activity_date)
    >= {{ whole_since([ref('fct_assistant_interactions'), ref('stg_assistant__interactions')]) }}
