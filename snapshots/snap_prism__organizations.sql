{% snapshot snap_prism__organizations %}
-- One row per version of an organization and what was delivered of it; see snap_prism__users.
{{ config(
    unique_key=['organization_id', 'versioned_at', 'is_tombstone'],
    strategy='check',
    check_cols=[
        'subscription_tier', 'compliance_flags', 'data_retention_days', 'created_at', 'is_deleted',
        'landed_at',
    ],
) }}

with versions as (

    select
        organization_id,
        subscription_tier,
        compliance_flags,
        data_retention_days,
        false as is_deleted,
        false as is_tombstone,
        created_at,
        updated_at as versioned_at,
        landed_at
    from {{ ref('stg_prism__organizations') }}
    where {{ in_changed_window('version_date') }}

),

tombstones as (

    select
        entity_key as organization_id,
        cast(null as varchar) as subscription_tier,
        cast(null as varchar) as compliance_flags,
        cast(null as bigint) as data_retention_days,
        true as is_deleted,
        true as is_tombstone,
        cast(null as timestamp) as created_at,
        detected_at as versioned_at,
        landed_at
    from {{ ref('stg_prism__deletions') }}
    where
        table_name = 'organizations'
        and {{ in_changed_window('deletion_date') }}

),

recorded as (

    select * from versions
    union all
    select * from tombstones

)

select * from recorded
{% endsnapshot %}
