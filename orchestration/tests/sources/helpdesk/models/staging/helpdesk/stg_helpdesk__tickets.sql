-- One row per ticket: the latest delivery, without direct identifiers.
{{ config(window_column='created_date', row_key=['ticket_id', 'created_at']) }}

with delivered as not materialized (

    select * from {{ source('helpdesk', 'tickets') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'helpdesk.tickets') }}

),

redacted as not materialized (

    {{ redact_columns('latest', {
        'clean_subject': 'subject',
        'clean_status': 'status',
    }) }}

),

renamed as (

    select
        id as ticket_id,
        {{ hash_pii('customer_email', 'email') }} as customer_email_key,
        _event_date as created_date,
        clean_subject as subject,
        {{ if_possible('helpdesk.tickets', 'status', 'clean_status') }} as status,
        {{ if_possible('helpdesk.tickets', 'priority') }} as priority,
        {{ broken_rules('helpdesk.tickets') }} as broken_rules,
        created_at,
        updated_at
    from redacted

)

select * from renamed
