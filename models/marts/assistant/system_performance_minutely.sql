-- One row per UTC minute, metric and component that was measured.
{{ config(materialized='incremental', window_column='metric_date') }}

with measurements as (

    select * from {{ ref('system_performance') }}
    where {{ in_changed_window('metric_date') }}

),

summed as (

    {{ measurements_by('minute') }}

)

select * from summed
