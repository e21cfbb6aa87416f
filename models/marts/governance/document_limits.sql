-- One row per document there has been: until when it says itself that it is kept. A document keeps
-- its row after it is destroyed, for what is left of it: late rows, archived files.
{{ config(materialized='incremental', unique_key='document_id', full_refresh=false) }}

with documents as (

    select * from {{ ref('dim_documents') }}
    where {{ in_changed_window('upload_date') }}

),

limits as (

    select
        documents.document_id,
        documents.organization_id,
        case
            when endless.retention_policy is not null then date '9999-12-31'
            when documents.retention_expires_at >= documents.uploaded_at + interval '36525 days'
                then date '9999-12-31'
            -- The day that has begun when its time is over.
            else cast(documents.retention_expires_at - interval '1 microsecond' as date) + 1
        end as own_limit_on
    from documents
    left join {{ ref('endless_retention') }} as endless
        on {{ fold_text('documents.retention_policy') }} = endless.retention_policy

)

select * from limits
