-- One row per feedback of a person on an analysis: its latest state.
{{ config(window_column='feedback_date', row_key=['feedback_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'user_feedback') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.user_feedback') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('prism.user_feedback') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_feedback_type': 'feedback_type',
        'clean_category': 'category',
        'clean_feedback_action': 'action',
        'clean_workflow_status': 'workflow_status',
        'clean_feedback_text': 'custom_feedback_text',
        'clean_highlighted_text': 'highlighted_text',
    }) }}) as latest

),

accounts as (

    select
        user_id as account_id,
        {{ hash_pii(given_id('cast(user_id as varchar)'), 'user') }} as user_key
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
        redacted.id as feedback_id,
        accounts.user_key,
        redacted.organization_id,
        redacted.analysis_result_id as analysis_id,
        redacted.document_id,
        redacted.section_id,
        addresses.ip_address_key,
        redacted._event_date as feedback_date,
        redacted.clean_feedback_type as feedback_type,
        redacted.clean_category as category,
        {{ if_possible('prism.user_feedback', 'action', 'redacted.clean_feedback_action') }}
            as feedback_action,
        redacted.clean_workflow_status as workflow_status,
        {{ if_possible(
            'prism.user_feedback', 'custom_feedback_text', 'redacted.clean_feedback_text'
        ) }} as feedback_text,
        redacted.clean_highlighted_text as highlighted_text,
        {{ if_possible('prism.user_feedback', 'feedback_rating') }} as feedback_rating,
        redacted.broken_rules,
        redacted.created_at,
        redacted.updated_at
    from redacted
    left join accounts on redacted.user_id = accounts.account_id
    left join addresses on redacted.ip_address = addresses.address

)

select * from renamed
