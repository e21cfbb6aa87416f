-- One row per reply: the latest delivery, without direct identifiers.
{{ config(window_column='written_date', row_key=['reply_id', 'written_at']) }}

with delivered as not materialized (

    select * from {{ source('helpdesk', 'replies') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'helpdesk.replies') }}

),

redacted as not materialized (

    {{ redact_columns('latest', {
        'clean_id': 'id',
        'clean_text': 'text',
        'clean_tone': 'tone',
    }) }}

),

renamed as (

    select
        clean_id as reply_id,
        ticket_id,
        {{ hash_pii(given_id('agent_id'), 'user') }} as agent_key,
        _event_date as written_date,
        clean_text as text,
        clean_tone as tone,
        {{ if_possible('helpdesk.replies', 'waited_seconds') }} as waited_seconds,
        {{ broken_rules('helpdesk.replies') }} as broken_rules,
        written_at
    from redacted

)

select * from renamed
