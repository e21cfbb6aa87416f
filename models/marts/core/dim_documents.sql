-- One row per document: its latest state. A change builds all documents of a file anew.
{{ config(materialized='incremental', unique_key='document_id') }}

with
{% if is_incremental() -%}
changed as (

    {{ changed_documents() }}

),
{%- endif %}

documents as (

    select
        *,
        row_number() over (partition by file_hash_key order by created_at, document_id)
            as file_place
    from {{ ref('stg_prism__documents') }}
    {% if is_incremental() -%}
    where
        document_id in (select document_id from changed)
        or file_hash_key in (
            select file_hash_key from changed
            union all
            {{ left_parents(ref('stg_prism__documents')) }}
        )
    {%- endif %}

),

tombstones as (

    select
        documents.document_id,
        max(deletions.detected_at) as detected_at
    from documents
    inner join {{ ref('stg_prism__deletions') }} as deletions
        on documents.document_id = deletions.entity_key
    where
        deletions.table_name = 'documents'
        and {{ is_gone(
            'documents.updated_at', 'documents.landed_at',
            'deletions.detected_at', 'deletions.landed_at'
        ) }}
    group by documents.document_id

),

sections as (

    select
        document_id,
        count(*) as section_count,
        cast(sum(word_count) as bigint) as word_count,
        {{ ratio('sum(complexity_score)', 'count(complexity_score)') }} as complexity_score
    from {{ ref('stg_prism__document_sections') }}
    where document_id in (select documents.document_id from documents)
    group by document_id

),

described as (

    select
        documents.document_id,
        documents.organization_id,
        documents.uploader_key,
        {{ date_key('documents.upload_date') }} as upload_date_key,
        documents.upload_date,
        documents.document_type,
        documents.file_extension,
        {{ size_category('documents.file_size_bytes') }} as size_category,
        {{ complexity_category('sections.complexity_score') }} as complexity_category,
        documents.language_code,
        documents.industry_vertical,
        documents.document_purpose,
        documents.confidentiality_level,
        documents.processing_status,
        documents.retention_policy,
        coalesce(sections.section_count, 0) as sections_count,
        coalesce(documents.word_count, sections.word_count) as words_count,
        documents.page_count as pages_count,
        documents.file_size_bytes,
        {{ seconds_between(
            'documents.processing_started_at', 'documents.processing_completed_at'
        ) }} as processing_seconds,
        documents.is_on_legal_hold,
        documents.file_hash_key is not null and documents.file_place > 1 as is_duplicate_file,
        coalesce(documents.deleted_at, tombstones.detected_at) is not null as is_deleted,
        documents.created_at as uploaded_at,
        documents.retention_expires_at,
        coalesce(documents.deleted_at, tombstones.detected_at) as deleted_at
    from documents
    left join sections on documents.document_id = sections.document_id
    left join tombstones on documents.document_id = tombstones.document_id

)

select * from described
