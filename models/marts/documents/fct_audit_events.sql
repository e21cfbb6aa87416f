-- One row per event of the audit log. Days with new rows are replaced, and so are rows whose
-- versions of person and organization have changed.
{{ config(
    materialized='incremental',
    window_column='event_date',
    unique_key='event_id',
    partition_by_month='event_date',
    indexes=[
        {'columns': ['event_date']},
        {'columns': ['organization_id', 'event_date']},
        {'columns': ['user_key', 'event_date']},
    ],
) }}

with events as (

    select * from {{ ref('stg_prism__audit_logs') }}
    {% if is_incremental() -%}
    where
        {{ in_changed_window('event_date') }}
        or event_id in (
            {{ rows_of_moved_versions('event_id', 'event_date') }}
        )
    {%- endif %}

),

keyed as (

    select
        events.event_id,
        {{ date_key('events.created_at') }} as date_key,
        {{ time_key('events.created_at') }} as time_key,
        coalesce(users.user_version_key, {{ unknown_key() }}) as user_version_key,
        coalesce(organizations.organization_version_key, {{ unknown_key() }})
            as organization_version_key,
        coalesce(events.user_key, {{ unknown_key() }}) as user_key,
        coalesce(events.organization_id, {{ unknown_key() }}) as organization_id,
        events.session_key,
        events.ip_address_key,
        events.resource_key,
        events.event_date,
        events.event_type,
        events.event_category,
        events.resource_type,
        events.api_path,
        events.http_method,
        events.compliance_flags,
        events.changed_fields,
        events.retention_days,
        events.created_at
    from events
    left join {{ ref('dim_users') }} as users
        on
            events.user_key = users.user_key
            and events.event_date >= users.effective_date
            and events.event_date < users.expiry_date
    left join {{ ref('dim_organizations') }} as organizations
        on
            events.organization_id = organizations.organization_id
            and events.event_date >= organizations.effective_date
            and events.event_date < organizations.expiry_date

)

select * from keyed
