-- One row per version of a person's account, by UTC day. A person with a changed version, tier or
-- total is built anew, all versions.
-- depends_on: {{ ref('snap_prism__organizations') }}, {{ ref('stg_prism__documents') }}
-- depends_on: {{ ref('stg_prism__analysis_results') }}
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    unique_key='user_key',
) }}

with states as (

    select * from {{ ref('snap_prism__users') }}
    where dbt_valid_to is null

),

recorded as (

    select * from states
    {% if is_incremental() -%}
    where
        user_key in (
            select changed.user_key from states as changed
            where
                {{ in_changed_window('cast(changed.versioned_at as date)') }}
                or changed.organization_id in (
                    select moved.organization_id
                    from {{ ref('snap_prism__organizations') }} as moved
                    where {{ in_changed_window('cast(moved.versioned_at as date)') }}
                )
            union all
            select hours.user_key from {{ ref('int_prism__user_hours') }} as hours
            where {{ in_changed_window('hours.activity_date') }}
            union all
            {{ left_parents(ref('stg_prism__documents')) }}
            union all
            {{ left_parents(ref('stg_prism__analysis_results')) }}
        )
    {%- endif %}

),

own_versions as (

    {{ history_by_day(
        'recorded', 'user_key',
        [
            'organization_id', 'user_role', 'department', 'geographic_region',
            'data_classification_level', 'is_email_verified', 'is_mfa_enabled',
        ]
    ) }}

),

organizations as (

    select * from {{ ref('dim_organizations') }}

),

organization_changes as (

    select
        organization_id,
        effective_date as change_date
    from organizations
    union
    select
        organization_id,
        expiry_date as change_date
    from organizations

),

-- A version is cut where its organization changes.
pieces as (

    select
        *,
        effective_date as start_date
    from own_versions
    union all
    select
        own_versions.*,
        organization_changes.change_date as start_date
    from own_versions
    inner join organization_changes
        on
            own_versions.organization_id = organization_changes.organization_id
            and own_versions.effective_date < organization_changes.change_date
            and own_versions.expiry_date > organization_changes.change_date

),

tiered as (

    select
        pieces.*,
        organizations.subscription_tier,
        lag(organizations.subscription_tier) over (
            partition by pieces.user_key, pieces.effective_date order by pieces.start_date
        ) as previous_tier
    from pieces
    left join organizations
        on
            pieces.organization_id = organizations.organization_id
            and pieces.start_date >= organizations.effective_date
            and pieces.start_date < organizations.expiry_date

),

versions as (

    select
        *,
        coalesce(
            lead(start_date) over (partition by user_key, effective_date order by start_date),
            expiry_date
        ) as end_date
    from tiered
    where
        start_date = effective_date
        or subscription_tier is distinct from previous_tier

),

totals as (

    select
        user_key,
        cast(sum(processed_document_count) as bigint) as document_count,
        sum(satisfaction_total) as satisfaction_total,
        sum(satisfaction_count) as satisfaction_count
    from {{ ref('int_prism__user_hours') }}
    {% if is_incremental() -%}
    where user_key in (select recorded.user_key from recorded)
    {%- endif %}
    group by user_key

),

described as (

    select
        {{ version_key('versions.user_key', 'versions.start_date') }} as user_version_key,
        versions.user_key,
        versions.organization_id,
        {{ user_profile_key('versions') }} as user_profile_key,
        case
            when versions.user_role = 'admin' then 'administrator'
            when versions.user_role in ('analyst', 'editor', 'reviewer') then 'contributor'
            when versions.user_role is not null then 'reader'
        end as user_type,
        versions.user_role,
        versions.department,
        versions.subscription_tier,
        versions.geographic_region,
        versions.data_classification_level,
        versions.is_email_verified,
        versions.is_mfa_enabled,
        cast(versions.start_date - cast(versions.created_at as date) as integer) as tenure_days,
        coalesce(totals.document_count, 0) as total_documents_processed,
        {{ ratio('totals.satisfaction_total', 'totals.satisfaction_count') }}
            as avg_satisfaction_score,
        versions.start_date as effective_date,
        versions.end_date as expiry_date,
        versions.end_date = date '9999-12-31' as is_current,
        versions.created_at
    from versions
    left join totals on versions.user_key = totals.user_key
    union all
    select
        {{ unknown_key() }} as user_version_key,
        {{ unknown_key() }} as user_key,
        {{ unknown_key() }} as organization_id,
        {{ unknown_key() }} as user_profile_key,
        'unknown' as user_type,
        'unknown' as user_role,
        'unknown' as department,
        'unknown' as subscription_tier,
        'unknown' as geographic_region,
        'unknown' as data_classification_level,
        cast(null as boolean) as is_email_verified,
        cast(null as boolean) as is_mfa_enabled,
        cast(null as integer) as tenure_days,
        0 as total_documents_processed,
        cast(null as double precision) as avg_satisfaction_score,
        {{ unknown_effective_date() }} as effective_date,
        date '9999-12-31' as expiry_date,
        true as is_current,
        cast(null as timestamp) as created_at

)

select * from described
