-- One row: the first and the last day, not after today, on which anything happened.
with days as (

    select
        min(upload_date) as first_day,
        max(upload_date) as last_day
    from {s}core.dim_documents
    where
        upload_date <= $today
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )
    union all
    select
        min(analysis_date) as first_day,
        max(analysis_date) as last_day
    from {s}documents.fct_document_analysis
    where
        analysis_date <= $today
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )
    union all
    select
        min(feedback_date) as first_day,
        max(feedback_date) as last_day
    from {s}documents.fct_user_feedback
    where
        feedback_date <= $today
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )

)

select
    min(first_day) as first_day,
    max(last_day) as last_day
from days
