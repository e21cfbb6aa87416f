-- One row per measurement of the assistant's system: the latest delivery.
{{ config(window_column='metric_date', row_key=['metric_key']) }}

with delivered as (

    select * from {{ source('assistant', 'system_metrics') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'assistant.system_metrics') }}

),

redacted as not materialized (

    {{ redact_columns('latest', {
        'clean_metric_name': 'metric_name',
        'clean_component': 'component',
        'clean_metric_unit': 'metric_unit',
    }) }}

),

renamed as (

    select
        {{ hash_pii(
            "concat_ws('|', " ~ epoch_microseconds('timestamp') ~ ", metric_name, component)", 'metric'
        ) }} as metric_key,
        _event_date as metric_date,
        clean_metric_name as metric_name,
        clean_component as component,
        clean_metric_unit as metric_unit,
        {{ if_possible('assistant.system_metrics', 'metric_value') }} as metric_value,
        {{ broken_rules('assistant.system_metrics') }} as broken_rules,
        timestamp as measured_at
    from redacted

)

select * from renamed
