-- Every day of content effectiveness and of the fact has as many accesses as were delivered for it.
with counted as (

    select
        access_date,
        access_count as in_content,
        0 as in_facts,
        0 as in_staging
    from {{ ref('content_effectiveness') }}
    union all
    select
        access_date,
        0 as in_content,
        1 as in_facts,
        0 as in_staging
    from {{ ref('fct_content_accesses') }}
    union all
    select
        access_date,
        0 as in_content,
        0 as in_facts,
        1 as in_staging
    from {{ ref('stg_assistant__content_accesses') }}

)

select
    access_date,
    sum(in_content) as in_content,
    sum(in_facts) as in_facts,
    sum(in_staging) as in_staging
from counted
where
    access_date >= {{ whole_since([
        ref('content_effectiveness'),
        ref('fct_content_accesses'),
        ref('stg_assistant__content_accesses'),
    ]) }}
group by access_date
having
    sum(in_content) != sum(in_staging)
    or sum(in_facts) != sum(in_staging)
