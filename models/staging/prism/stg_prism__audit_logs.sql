-- One row per event of the application's audit log: the latest delivery. Of values before and
-- after, the names of those that changed are kept.
{{ config(window_column='event_date', row_key=['event_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'audit_logs') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.audit_logs') }}

),

accounts as (

    select
        user_id as account_id,
        {{ hash_pii('cast(user_id as varchar)', 'user') }} as user_key
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
        {{ hash_pii('session_id', 'session') }} as session_key
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
        latest.id as event_id,
        latest.organization_id,
        accounts.user_key,
        sessions.session_key,
        addresses.ip_address_key,
        case
            when latest.resource_type = 'user' then resources.user_key
            else latest.resource_id
        end as resource_key,
        latest._event_date as event_date,
        {{ redact_pii('latest.event_type') }} as event_type,
        {{ redact_pii('latest.event_category') }} as event_category,
        {{ redact_pii('latest.event_description') }} as event_text,
        {{ redact_pii('latest.resource_type') }} as resource_type,
        {{ redact_pii(without_ids('latest.api_endpoint')) }} as api_path,
        {{ redact_pii('latest.http_method') }} as http_method,
        {{ redact_pii(json_texts('latest.compliance_flags')) }} as compliance_flags,
        {{ redact_pii(json_changed_keys('latest.before_value', 'latest.after_value')) }}
            as changed_fields,
        {{ if_possible('prism.audit_logs', 'retention_period_days') }} as retention_days,
        {{ broken_rules('prism.audit_logs') }} as broken_rules,
        latest.created_at
    from latest
    left join accounts on latest.user_id = accounts.account_id
    left join accounts as resources on latest.resource_id = resources.account_id
    left join sessions on latest.session_id = sessions.raw_session_id
    left join addresses on latest.ip_address = addresses.address

)

select * from renamed
