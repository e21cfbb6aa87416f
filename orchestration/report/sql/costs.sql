-- One row per span and day, and per span and organization: analyses and their cost.
with costs as (

    select
        analysis_date >= $first_day as in_period,
        analysis_date as day,
        organization_id,
        count(*) as analyses,
        sum(cost_usd) as cost_usd
    from {s}documents.fct_document_analysis
    where
        analysis_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )
    group by analysis_date >= $first_day, analysis_date, organization_id

),

named as (

    select
        in_period,
        day,
        case
            when organization_id = cast('00000000-0000-0000-0000-000000000000' as uuid)
                then 'unknown'
            else cast(organization_id as varchar)
        end as organization_id,
        analyses,
        cost_usd
    from costs

)

select
    in_period,
    day,
    organization_id,
    cast(sum(analyses) as bigint) as analyses,
    sum(cost_usd) as cost_usd
from named
group by grouping sets ((in_period, day), (in_period, organization_id))
