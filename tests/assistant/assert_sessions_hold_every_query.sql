-- Sessions add up to the facts they are made of: nobody's question is lost or counted twice.
with sessions as (

    select coalesce(sum(total_queries), 0) as query_count from {{ ref('session_analytics') }}

),

facts as (

    select count(*) as query_count from {{ ref('fct_assistant_interactions') }}

)

select
    sessions.query_count as in_sessions,
    facts.query_count as in_facts
from sessions
cross join facts
where sessions.query_count != facts.query_count
