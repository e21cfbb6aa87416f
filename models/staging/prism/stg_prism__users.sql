-- One row per version of a person's account: the latest delivery. Names stay behind.
-- A person has many versions: each is hashed once, then joined back.
{{ config(window_column='version_date', row_key=['user_key', 'updated_at']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'users') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.users') }}

),

accounts as (

    select
        id as account_id,
        {{ hash_pii('cast(id as varchar)', 'user') }} as user_key
    from (select distinct id from delivered) as distinct_accounts

),

addresses as (

    select
        email as address,
        {{ hash_pii('email', 'email') }} as email_key
    from (select distinct email from delivered) as distinct_addresses

),

renamed as (

    select
        accounts.user_key,
        latest.organization_id,
        addresses.email_key,
        latest._event_date as version_date,
        {{ redact_pii('latest.role') }} as user_role,
        {{ redact_pii('latest.department') }} as department,
        {{ redact_pii('latest.geographic_region') }} as geographic_region,
        {{ redact_pii('latest.data_classification_level') }} as data_classification_level,
        {{ redact_pii('cast(latest.privacy_settings as varchar)') }} as privacy_settings_text,
        {{ if_possible('prism.users', 'login_attempts') }} as login_attempt_count,
        latest.email_verified as is_email_verified,
        latest.mfa_enabled as is_mfa_enabled,
        {{ broken_rules('prism.users') }} as broken_rules,
        latest.last_login_at,
        latest.locked_until as locked_until_at,
        latest.access_expires_at,
        latest.created_at,
        latest.updated_at,
        latest.deleted_at
    from latest
    inner join accounts on latest.id = accounts.account_id
    left join addresses on latest.email = addresses.address

)

select * from renamed
