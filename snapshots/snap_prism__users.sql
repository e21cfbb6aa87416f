{% snapshot snap_prism__users %}
-- One row per version of an account and what was delivered of it: the record that outlives raw rows.
-- A version is never closed by a later one here, only by another delivery of itself; dim_users puts
-- versions in sequence, so one that comes late finds its place.
{{ config(
    unique_key=['user_key', 'versioned_at', 'is_tombstone'],
    strategy='check',
    check_cols=[
        'organization_id', 'user_role', 'department', 'geographic_region',
        'data_classification_level', 'is_email_verified', 'is_mfa_enabled', 'created_at',
        'is_deleted', 'landed_at',
    ],
) }}

with versions as (

    select
        user_key,
        organization_id,
        user_role,
        department,
        geographic_region,
        data_classification_level,
        is_email_verified,
        is_mfa_enabled,
        deleted_at is not null as is_deleted,
        false as is_tombstone,
        created_at,
        updated_at as versioned_at,
        landed_at
    from {{ ref('stg_prism__users') }}
    where {{ in_changed_window('version_date') }}

),

tombstones as (

    select
        entity_key as user_key,
        cast(null as uuid) as organization_id,
        cast(null as varchar) as user_role,
        cast(null as varchar) as department,
        cast(null as varchar) as geographic_region,
        cast(null as varchar) as data_classification_level,
        cast(null as boolean) as is_email_verified,
        cast(null as boolean) as is_mfa_enabled,
        true as is_deleted,
        true as is_tombstone,
        cast(null as timestamp) as created_at,
        detected_at as versioned_at,
        landed_at
    from {{ ref('stg_prism__deletions') }}
    where
        table_name = 'users'
        and {{ in_changed_window('deletion_date') }}

),

recorded as (

    select * from versions
    union all
    select * from tombstones

)

select * from recorded
{% endsnapshot %}
