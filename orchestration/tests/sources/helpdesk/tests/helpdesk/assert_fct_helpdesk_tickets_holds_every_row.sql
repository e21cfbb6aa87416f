-- Every day has as many rows in the mart as in staging.
with counted as (

    select
        created_date,
        1 as staged_count,
        0 as mart_count
    from {{ ref('stg_helpdesk__tickets') }}
    union all
    select
        created_date,
        0 as staged_count,
        1 as mart_count
    from {{ ref('fct_helpdesk_tickets') }}

)

select
    created_date,
    sum(staged_count) as staged_count,
    sum(mart_count) as mart_count
from counted
group by created_date
having sum(staged_count) != sum(mart_count)
