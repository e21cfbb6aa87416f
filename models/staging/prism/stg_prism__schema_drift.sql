-- One row per difference between a source table and its contract, when extraction found it.
{{ config(
    window_column='detection_date',
    row_key=['table_name', 'column_name', 'change_kind', 'detected_at'],
) }}

with delivered as (

    select * from {{ source('prism', 'schema_drift') }}
    where {{ in_changed_window('_event_date') }}

),

latest as {{ pipeline_break() }} (

    {{ latest_delivery('delivered', 'prism.schema_drift') }}

),

renamed as (

    select
        _event_date as detection_date,
        {{ redact_pii('table_name') }} as table_name,
        {{ redact_pii('column_name') }} as column_name,
        {{ redact_pii('change') }} as change_kind,
        {{ redact_pii('contract_type') }} as contract_type,
        {{ redact_pii('source_type') }} as source_type,
        breaks_contract as is_breaking,
        {{ broken_rules('prism.schema_drift') }} as broken_rules,
        detected_at
    from latest

)

select * from renamed
