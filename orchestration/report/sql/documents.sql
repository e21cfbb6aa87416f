-- One row per span (the period, the period before), and per span and day or kind of document. The
-- columns a row is not grouped by are null.
with documents as (

    select
        upload_date >= $first_day as in_period,
        upload_date as day,
        coalesce(document_type, 'unknown') as document_type,
        coalesce(size_category, 'unknown') as size_category,
        coalesce(complexity_category, 'unknown') as complexity_category,
        coalesce(language_code, 'unknown') as language_code,
        coalesce(processing_status, 'unknown') as processing_status,
        case when processing_status = 'completed' then processing_seconds end as processing_seconds
    from {s}core.dim_documents
    where
        upload_date between $before_day and $last_day
        and (
            cast($organization_id as uuid) is null
            or organization_id = cast($organization_id as uuid)
        )

)

select
    in_period,
    day,
    document_type,
    size_category,
    complexity_category,
    language_code,
    processing_status,
    count(*) as uploaded,
    count(*) filter (where processing_status = 'completed') as completed,
    sum(processing_seconds) as processing_seconds,
    percentile_cont(0.5) within group (order by cast(processing_seconds as double precision))
        as median_seconds,
    count(processing_seconds) as timed
from documents
group by grouping sets (
    (in_period),
    (in_period, day),
    (in_period, document_type),
    (in_period, size_category),
    (in_period, complexity_category),
    (in_period, language_code),
    (in_period, processing_status)
)
