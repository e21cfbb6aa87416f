-- One row per document: its latest state. A document is built anew when it, a section it has or
-- had, its tombstone, or a document that has or had the same file, has changed.
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    unique_key='document_id',
) }}

with delivered as (

    select * from {{ ref('stg_prism__documents') }}

),

{% if is_incremental() -%}
changed as (

    select
        document_id,
        file_hash_key
    from delivered
    where
        {{ in_changed_window('upload_date') }}
        or document_id in (
            select document_id from {{ ref('stg_prism__document_sections') }}
            where {{ in_changed_window('section_date') }}
            union all
            {{ left_parents(ref('stg_prism__document_sections')) }}
            union all
            select entity_key from {{ ref('stg_prism__deletions') }}
            where {{ in_changed_window('deletion_date') }}
        )

),
{%- endif %}

documents as (

    select
        *,
        row_number() over (partition by file_hash_key order by created_at, document_id)
            as file_place
    from delivered
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
        case
            when documents.file_size_bytes < 102400 then 'small'
            when documents.file_size_bytes < 1048576 then 'medium'
            when documents.file_size_bytes < 10485760 then 'large'
            when documents.file_size_bytes is not null then 'xl'
        end as size_category,
        case
            when sections.complexity_score < 0.34 then 'simple'
            when sections.complexity_score < 0.67 then 'moderate'
            when sections.complexity_score is not null then 'complex'
        end as complexity_category,
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
