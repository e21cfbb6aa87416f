-- One row per document under legal hold: nothing of it may be hidden or destroyed.
with documents as (

    select * from {{ ref('dim_documents') }}

),

held as (

    select
        document_id,
        organization_id,
        upload_date
    from documents
    where is_on_legal_hold

)

select * from held
