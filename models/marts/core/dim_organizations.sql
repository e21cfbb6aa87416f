-- One row per version of an organization, by UTC day. An organization with a changed version is
-- built anew, all its versions.
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    unique_key='organization_id',
) }}

with states as (

    select * from {{ ref('snap_prism__organizations') }}
    where dbt_valid_to is null

),

recorded as (

    select * from states
    {% if is_incremental() -%}
    where
        organization_id in (
            select changed.organization_id from states as changed
            where {{ in_changed_window('cast(changed.versioned_at as date)') }}
        )
    {%- endif %}

),

versions as (

    {{ history_by_day(
        'recorded', 'organization_id',
        ['subscription_tier', 'compliance_flags', 'data_retention_days']
    ) }}

),

keyed as (

    select
        {{ version_key('organization_id', 'effective_date') }} as organization_version_key,
        *
    from versions
    union all
    select
        {{ unknown_key() }} as organization_version_key,
        {{ unknown_key() }} as organization_id,
        'unknown' as subscription_tier,
        cast(null as varchar) as compliance_flags,
        cast(null as bigint) as data_retention_days,
        {{ unknown_effective_date() }} as effective_date,
        date '9999-12-31' as expiry_date,
        true as is_current,
        cast(null as timestamp) as created_at

)

select * from keyed
