-- One row per version of an organization: the latest delivery. Name and domain stay behind.
{{ config(window_column='version_date', row_key=['organization_id', 'updated_at']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'organizations') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.organizations') }}

),

redacted as not materialized (

    {{ redact_columns('latest', {
        'clean_subscription_tier': 'subscription_tier',
        'clean_compliance_flags': json_texts('compliance_flags'),
        'clean_settings_text': 'cast(settings as varchar)',
    }) }}

),

renamed as (

    select
        id as organization_id,
        _event_date as version_date,
        clean_subscription_tier as subscription_tier,
        clean_compliance_flags as compliance_flags,
        clean_settings_text as settings_text,
        {{ if_possible('prism.organizations', 'data_retention_days') }} as data_retention_days,
        {{ broken_rules('prism.organizations') }} as broken_rules,
        created_at,
        updated_at,
        landed_at
    from redacted

)

select * from renamed
