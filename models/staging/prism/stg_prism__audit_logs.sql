-- One row per event of the audit log: its latest delivery. Of changes, only the names are kept.
{{ config(window_column='event_date', row_key=['event_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'audit_logs') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.audit_logs') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('prism.audit_logs') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_event_type': 'event_type',
        'clean_event_category': 'event_category',
        'clean_event_text': 'event_description',
        'clean_resource_type': 'resource_type',
        'clean_api_path': without_ids('api_endpoint'),
        'clean_http_method': 'http_method',
        'clean_compliance_flags': json_texts('compliance_flags'),
        'clean_changed_fields': json_changed_keys('before_value', 'after_value'),
    }) }}) as latest

),

accounts as (

    select
        user_id as account_id,
        {{ hash_pii(given_id('cast(user_id as varchar)'), 'user') }} as user_key
    from (
        select distinct user_id from delivered
        union
        select distinct resource_id from delivered
        where resource_type = 'user'
    ) as distinct_accounts

),

sessions as (

    select
        session_id as raw_session_id,
        {{ hash_pii(given_id('session_id'), 'session') }} as session_key
    from (select distinct session_id from delivered) as distinct_sessions

),

addresses as (

    select
        ip_address as address,
        {{ hash_pii('ip_address', 'ip_address') }} as ip_address_key
    from (select distinct ip_address from delivered) as distinct_addresses

),

renamed as (

    select
        redacted.id as event_id,
        redacted.organization_id,
        accounts.user_key,
        sessions.session_key,
        addresses.ip_address_key,
        case
            when redacted.resource_type = 'user' then resources.user_key
            else redacted.resource_id
        end as resource_key,
        redacted._event_date as event_date,
        redacted.clean_event_type as event_type,
        redacted.clean_event_category as event_category,
        redacted.clean_event_text as event_text,
        redacted.clean_resource_type as resource_type,
        redacted.clean_api_path as api_path,
        redacted.clean_http_method as http_method,
        redacted.clean_compliance_flags as compliance_flags,
        redacted.clean_changed_fields as changed_fields,
        {{ if_possible('prism.audit_logs', 'retention_period_days') }} as retention_days,
        redacted.broken_rules,
        redacted.created_at
    from redacted
    left join accounts on redacted.user_id = accounts.account_id
    left join accounts as resources on redacted.resource_id = resources.account_id
    left join sessions on redacted.session_id = sessions.raw_session_id
    left join addresses on redacted.ip_address = addresses.address

)

select * from renamed
