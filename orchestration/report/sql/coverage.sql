-- One row: the first and the last day with data up to $until, and the number of records after it.
-- Each table is aggregated on its own before the tables are combined.
with days as (

    select
        min(upload_date) filter (where upload_date <= $until) as first_day,
        max(upload_date) filter (where upload_date <= $until) as last_day,
        count(*) filter (where upload_date > $until) as later_records
    from {s}core.dim_documents
    where
        cast($organization_id as uuid) is null
        or organization_id = cast($organization_id as uuid)
    union all
    select
        min(analysis_date) filter (where analysis_date <= $until) as first_day,
        max(analysis_date) filter (where analysis_date <= $until) as last_day,
        count(*) filter (where analysis_date > $until) as later_records
    from {s}documents.fct_document_analysis
    where
        cast($organization_id as uuid) is null
        or organization_id = cast($organization_id as uuid)
    union all
    select
        min(feedback_date) filter (where feedback_date <= $until) as first_day,
        max(feedback_date) filter (where feedback_date <= $until) as last_day,
        count(*) filter (where feedback_date > $until) as later_records
    from {s}documents.fct_user_feedback
    where
        cast($organization_id as uuid) is null
        or organization_id = cast($organization_id as uuid)

)

select
    min(first_day) as first_day,
    max(last_day) as last_day,
    cast(sum(later_records) as bigint) as later_records
from days
