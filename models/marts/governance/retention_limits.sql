-- One row per organization that limits how long its data are kept.
with versions as (

    select * from {{ ref('dim_organizations') }}

),

latest as (

    select
        organization_id,
        data_retention_days,
        row_number() over (
            partition by organization_id order by effective_date desc nulls last
        ) as place
    from versions

),

limits as (

    select
        organization_id,
        data_retention_days
    from latest
    where
        place = 1
        and data_retention_days is not null

)

select * from limits
