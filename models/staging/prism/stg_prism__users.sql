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

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('prism.users') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_user_role': 'role',
        'clean_department': 'department',
        'clean_geographic_region': 'geographic_region',
        'clean_data_classification_level': 'data_classification_level',
        'clean_privacy_settings_text': 'cast(privacy_settings as varchar)',
    }) }}) as latest

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
        redacted.organization_id,
        addresses.email_key,
        redacted._event_date as version_date,
        redacted.clean_user_role as user_role,
        redacted.clean_department as department,
        redacted.clean_geographic_region as geographic_region,
        redacted.clean_data_classification_level as data_classification_level,
        redacted.clean_privacy_settings_text as privacy_settings_text,
        {{ if_possible('prism.users', 'login_attempts') }} as login_attempt_count,
        redacted.email_verified as is_email_verified,
        redacted.mfa_enabled as is_mfa_enabled,
        redacted.broken_rules,
        redacted.last_login_at,
        redacted.locked_until as locked_until_at,
        redacted.access_expires_at,
        {{ if_possible('prism.users', 'created_at') }} as created_at,
        redacted.updated_at,
        redacted.deleted_at,
        redacted.landed_at
    from redacted
    inner join accounts on redacted.id = accounts.account_id
    left join addresses on redacted.email = addresses.address

)

select * from renamed
