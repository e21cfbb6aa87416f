-- One row per UTC hour, metric and component that was measured. Hours stay when what they are of
-- has left: a day that measurements have left is not built anew.
{{ config(materialized='incremental', window_column='metric_date') }}

with measurements as (

    select * from {{ ref('system_performance') }}
    where {{ in_changed_window('metric_date') }}

),

summed as (

    {{ measurements_by('hour') }}

)

select * from summed
