-- Questions add up to the facts they are made of.
with questions as (

    select coalesce(sum(total_asks), 0) as ask_count from {{ ref('query_performance') }}

),

facts as (

    select count(*) as ask_count from {{ ref('fct_assistant_interactions') }}

)

select
    questions.ask_count as in_questions,
    facts.ask_count as in_facts
from questions
cross join facts
where questions.ask_count != facts.ask_count
