-- Every day of the business metrics has as many questions as the facts of that day, and no day is
-- missing on either side.
with business as (

    select
        activity_date,
        sum(query_count) as query_count
    from {{ ref('business_metrics_daily') }}
    group by activity_date

),

facts as (

    select
        activity_date,
        count(*) as query_count
    from {{ ref('fct_assistant_interactions') }}
    group by activity_date

)

select
    coalesce(business.activity_date, facts.activity_date) as activity_date,
    business.query_count as in_business_metrics,
    facts.query_count as in_facts
from business
full outer join facts on business.activity_date = facts.activity_date
where
    coalesce(business.query_count, 0) != coalesce(facts.query_count, 0)
    and coalesce(business.activity_date, facts.activity_date)
    >= {{ whole_since([ref('fct_assistant_interactions'), ref('int_assistant__session_days')]) }}
