-- One row per version of a person's account, by UTC day. A person with a changed version, tier or
-- total is built anew, all versions.
{{ config(materialized='incremental', unique_key='user_key') }}

with recorded as (

    select * from {{ ref('snap_prism__users') }}
    where
        dbt_valid_to is null
        and {{ in_changed_people('user_key') }}

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

versions as (

    {{ history_within(
        'own_versions', 'user_key',
        ref('dim_organizations'), 'organization_id', 'subscription_tier'
    ) }}

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
    {{ unknown_member({'total_documents_processed': '0'}) }}

)

select * from described
