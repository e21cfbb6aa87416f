-- One row per organization that reports may name.
with organization_names as (

    select * from {{ ref('organization_names') }}

),

named as (

    select
        organization_id,
        organization_name
    from organization_names

)

select * from named
