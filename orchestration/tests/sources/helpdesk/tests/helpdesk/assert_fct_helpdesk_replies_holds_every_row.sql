-- Every day has as many rows in the mart as in staging.
with counted as (

    select
        written_date,
        1 as staged_count,
        0 as mart_count
    from {{ ref('stg_helpdesk__replies') }}
    union all
    select
        written_date,
        0 as staged_count,
        1 as mart_count
    from {{ ref('fct_helpdesk_replies') }}

)

select
    written_date,
    sum(staged_count) as staged_count,
    sum(mart_count) as mart_count
from counted
group by written_date
having sum(staged_count) != sum(mart_count)
