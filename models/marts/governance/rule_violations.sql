-- One row per UTC day, stream and field: how many values were impossible and read as missing.
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    window_column='violation_date',
) }}

with interactions as (

    select
        activity_date as violation_date,
        'assistant.interactions' as stream,
        impossible_fields
    from {{ ref('stg_assistant__interactions') }}
    where
        impossible_fields is not null
        and {{ in_changed_window('activity_date') }}

),

content_accesses as (

    select
        access_date as violation_date,
        'assistant.content_accesses' as stream,
        impossible_fields
    from {{ ref('stg_assistant__content_accesses') }}
    where
        impossible_fields is not null
        and {{ in_changed_window('access_date') }}

),

system_metrics as (

    select
        metric_date as violation_date,
        'assistant.system_metrics' as stream,
        impossible_fields
    from {{ ref('stg_assistant__system_metrics') }}
    where
        impossible_fields is not null
        and {{ in_changed_window('metric_date') }}

),

violations as (

    select * from interactions
    union all
    select * from content_accesses
    union all
    select * from system_metrics

),

by_field as (

    select
        violation_date,
        stream,
        unnest(string_to_array(impossible_fields, ',')) as field
    from violations

),

counted as (

    select
        violation_date,
        stream,
        field,
        count(*) as violation_count
    from by_field
    group by violation_date, stream, field

)

select * from counted
