-- One row per person's account: its latest version, also of a deleted one, and the unknown member.
with versions as (

    select * from {{ ref('dim_users') }}

),

current_versions as (

    select
        user_version_key,
        user_key,
        organization_id,
        user_profile_key,
        user_type,
        user_role,
        department,
        subscription_tier,
        geographic_region,
        data_classification_level,
        is_email_verified,
        is_mfa_enabled,
        tenure_days,
        total_documents_processed,
        avg_satisfaction_score,
        effective_date,
        expiry_date,
        is_current,
        created_at
    from versions
    where
        (user_key, effective_date) in (
            select
                latest.user_key,
                max(latest.effective_date) as effective_date
            from versions as latest
            group by latest.user_key
        )

)

select * from current_versions
