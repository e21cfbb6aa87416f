-- One row per document: its latest state. File names stay behind.
{{ config(window_column='upload_date', row_key=['document_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'documents') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.documents') }}

),

uploaders as (

    select
        uploaded_by as account_id,
        {{ hash_pii('cast(uploaded_by as varchar)', 'user') }} as uploader_key
    from (select distinct uploaded_by from delivered) as distinct_uploaders

),

renamed as (

    select
        latest.id as document_id,
        latest.organization_id,
        uploaders.uploader_key,
        {{ md5_uuid('latest.file_hash') }} as file_hash_key,
        latest._event_date as upload_date,
        {{ file_extension('latest.filename') }} as file_extension,
        {{ redact_pii('latest.mime_type') }} as mime_type,
        {{ redact_pii('latest.document_type') }} as document_type,
        {{ redact_pii('latest.document_classification') }} as confidentiality_level,
        {{ redact_pii('latest.language_code') }} as language_code,
        {{ redact_pii('latest.industry_vertical') }} as industry_vertical,
        {{ redact_pii('latest.document_purpose') }} as document_purpose,
        {{ redact_pii('latest.processing_status') }} as processing_status,
        {{ redact_pii('latest.processing_error') }} as processing_error_text,
        {{ redact_pii('latest.ai_model_used') }} as ai_model_name,
        {{ redact_pii('latest.retention_policy') }} as retention_policy,
        {{ if_possible('prism.documents', 'file_size') }} as file_size_bytes,
        {{ if_possible('prism.documents', 'word_count') }} as word_count,
        {{ if_possible('prism.documents', 'page_count') }} as page_count,
        {{ if_possible('prism.documents', 'total_sections') }} as section_count,
        {{ if_possible('prism.documents', 'total_feedback_items') }} as feedback_item_count,
        {{ to_decimal(if_possible('prism.documents', 'analysis_confidence_score'), 5, 4) }}
            as confidence_score,
        {{ to_decimal(if_possible('prism.documents', 'analysis_cost_usd'), 18, 6) }} as cost_usd,
        coalesce(latest.legal_hold, false) as is_on_legal_hold,
        {{ broken_rules('prism.documents') }} as broken_rules,
        latest.processing_started_at,
        latest.processing_completed_at,
        latest.retention_expires_at,
        latest.created_at,
        latest.updated_at,
        latest.deleted_at
    from latest
    left join uploaders on latest.uploaded_by = uploaders.account_id

)

select * from renamed
