-- One row per organization: its latest version, also of a deleted one, and the unknown member.
with versions as (

    select * from {{ ref('dim_organizations') }}

),

current_versions as (

    select
        organization_version_key,
        organization_id,
        subscription_tier,
        compliance_flags,
        data_retention_days,
        effective_date,
        expiry_date,
        is_current,
        created_at
    from versions
    where
        (organization_id, effective_date) in (
            select
                latest.organization_id,
                max(latest.effective_date) as effective_date
            from versions as latest
            group by latest.organization_id
        )

)

select * from current_versions
