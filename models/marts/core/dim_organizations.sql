-- One row per version of an organization, by UTC day. An organization with a changed version is
-- built anew, all its versions.
{{ config(materialized='incremental', unique_key='organization_id') }}

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
    {{ unknown_member({'compliance_flags': 'cast(null as varchar)'}) }}

)

select * from keyed
