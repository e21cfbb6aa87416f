-- One row per combination of role, department, tier and region that people have or had. Facts carry
-- its key, so that a question by one of these reads hundreds of rows, not every person's versions.
with versions as (

    select * from {{ ref('dim_users') }}

),

profiles as (

    select distinct
        user_profile_key,
        user_type,
        user_role,
        department,
        subscription_tier,
        geographic_region
    from versions

)

select * from profiles
