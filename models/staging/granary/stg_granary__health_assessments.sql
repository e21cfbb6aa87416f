-- One row per assessment and part of the health score.
{{ config(materialized='view') }}

select
    entry_id as assessment_key,
    entry_number as assessment_number,
    health_date,
    part,
    status,
    score_percent,
    weight,
    measured,
    unit,
    finding,
    advice,
    assessed_at
from {{ source('operations', 'health_assessments') }}
