-- Every day of content effectiveness has as many accesses as were delivered for that day.
with content as (

    select
        access_date,
        sum(access_count) as access_count
    from {{ ref('content_effectiveness') }}
    group by access_date

),

delivered as (

    select
        access_date,
        count(*) as access_count
    from {{ ref('stg_assistant__content_accesses') }}
    group by access_date

)

select
    coalesce(content.access_date, delivered.access_date) as access_date,
    content.access_count as in_content,
    delivered.access_count as in_staging
from content
full outer join delivered on content.access_date = delivered.access_date
where
    coalesce(content.access_count, 0) != coalesce(delivered.access_count, 0)
    and coalesce(content.access_date, delivered.access_date)
    >= {{ whole_since([ref('content_effectiveness'), ref('stg_assistant__content_accesses')]) }}
