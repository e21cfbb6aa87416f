-- One row per span: documents with an analysis of risk High.
select
    analysis_date >= $first_day as in_period,
    count(distinct document_id) as documents
from {s}documents.fct_document_analysis
where
    analysis_date between $before_day and $last_day
    and risk_level = 'High'
    and (
        cast($organization_id as uuid) is null
        or organization_id = cast($organization_id as uuid)
    )
group by analysis_date >= $first_day
