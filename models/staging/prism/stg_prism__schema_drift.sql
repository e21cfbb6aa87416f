-- One row per difference between a source table and its contract, when extraction found it.
{{ config(
    window_column='detection_date',
    row_key=['table_name', 'column_name', 'change_kind', 'detected_at'],
) }}

with delivered as (

    select * from {{ source('prism', 'schema_drift') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.schema_drift') }}

),

redacted as not materialized (

    {{ redact_columns('latest', {
        'clean_table_name': 'table_name',
        'clean_column_name': 'column_name',
        'clean_change_kind': 'change',
        'clean_contract_type': 'contract_type',
        'clean_source_type': 'source_type',
    }) }}

),

renamed as (

    select
        _event_date as detection_date,
        clean_table_name as table_name,
        clean_column_name as column_name,
        clean_change_kind as change_kind,
        clean_contract_type as contract_type,
        clean_source_type as source_type,
        breaks_contract as is_breaking,
        {{ broken_rules('prism.schema_drift') }} as broken_rules,
        detected_at
    from redacted

)

select * from renamed
