-- One row per feedback of a person on an analysis: its latest state.
{{ config(window_column='feedback_date', row_key=['feedback_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'user_feedback') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.user_feedback') }}

),

accounts as (

    select
        user_id as account_id,
        {{ hash_pii('cast(user_id as varchar)', 'user') }} as user_key
    from (select distinct user_id from delivered) as distinct_accounts

),

addresses as (

    select
        ip_address as address,
        {{ hash_pii('ip_address', 'ip_address') }} as ip_address_key
    from (select distinct ip_address from delivered) as distinct_addresses

),

renamed as (

    select
        latest.id as feedback_id,
        accounts.user_key,
        latest.organization_id,
        latest.analysis_result_id as analysis_id,
        latest.document_id,
        latest.section_id,
        addresses.ip_address_key,
        latest._event_date as feedback_date,
        {{ redact_pii('latest.feedback_type') }} as feedback_type,
        {{ redact_pii('latest.category') }} as category,
        {{ redact_pii('latest.action') }} as feedback_action,
        {{ redact_pii('latest.workflow_status') }} as workflow_status,
        {{ redact_pii('latest.custom_feedback_text') }} as feedback_text,
        {{ redact_pii('latest.highlighted_text') }} as highlighted_text,
        {{ if_possible('prism.user_feedback', 'feedback_rating') }} as feedback_rating,
        {{ broken_rules('prism.user_feedback') }} as broken_rules,
        latest.created_at,
        latest.updated_at
    from latest
    left join accounts on latest.user_id = accounts.account_id
    left join addresses on latest.ip_address = addresses.address

)

select * from renamed
