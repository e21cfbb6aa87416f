-- One row per document: its latest state. File names stay behind.
{{ config(
    window_column='upload_date', row_key=['document_id'], first_by='return_count',
    parents=['uploader_key', 'file_hash_key'],
) }}

with delivered as not materialized (

    select * from {{ source('prism', 'documents') }}
    where {{ in_changed_window('_event_date') }}

),

counted as not materialized (

    {{ with_return_count('delivered', 'prism', 'documents') }}

),

latest as not materialized (

    {{ latest_delivery('counted', 'prism.documents') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('prism.documents') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_mime_type': 'mime_type',
        'clean_document_type': 'document_type',
        'clean_confidentiality_level': 'document_classification',
        'clean_language_code': 'language_code',
        'clean_industry_vertical': 'industry_vertical',
        'clean_document_purpose': 'document_purpose',
        'clean_processing_status': 'processing_status',
        'clean_processing_error_text': 'processing_error',
        'clean_ai_model_name': 'ai_model_used',
        'clean_retention_policy': 'retention_policy',
    }) }}) as latest

),

uploaders as (

    select
        uploaded_by as account_id,
        {{ hash_pii(given_id('cast(uploaded_by as varchar)'), 'user') }} as uploader_key
    from (select distinct uploaded_by from delivered) as distinct_uploaders

),

renamed as (

    select
        redacted.id as document_id,
        redacted.organization_id,
        uploaders.uploader_key,
        {{ md5_uuid('redacted.file_hash') }} as file_hash_key,
        redacted._event_date as upload_date,
        {{ file_extension('redacted.filename') }} as file_extension,
        {{ if_possible('prism.documents', 'mime_type', 'redacted.clean_mime_type') }} as mime_type,
        redacted.clean_document_type as document_type,
        redacted.clean_confidentiality_level as confidentiality_level,
        redacted.clean_language_code as language_code,
        redacted.clean_industry_vertical as industry_vertical,
        redacted.clean_document_purpose as document_purpose,
        redacted.clean_processing_status as processing_status,
        redacted.clean_processing_error_text as processing_error_text,
        redacted.clean_ai_model_name as ai_model_name,
        redacted.clean_retention_policy as retention_policy,
        {{ if_possible('prism.documents', 'file_size') }} as file_size_bytes,
        {{ if_possible('prism.documents', 'word_count') }} as word_count,
        {{ if_possible('prism.documents', 'page_count') }} as page_count,
        {{ if_possible('prism.documents', 'total_sections') }} as section_count,
        {{ if_possible('prism.documents', 'total_feedback_items') }} as feedback_item_count,
        {{ to_decimal(if_possible('prism.documents', 'analysis_confidence_score'), 5, 4) }}
            as confidence_score,
        {{ money(if_possible('prism.documents', 'analysis_cost_usd')) }} as cost_usd,
        redacted.return_count,
        coalesce(redacted.legal_hold, false) as is_on_legal_hold,
        redacted.broken_rules,
        {{ if_possible('prism.documents', 'processing_started_at') }} as processing_started_at,
        {{ if_possible('prism.documents', 'processing_completed_at') }} as processing_completed_at,
        {{ if_possible('prism.documents', 'retention_expires_at') }} as retention_expires_at,
        redacted.created_at,
        redacted.updated_at,
        redacted.deleted_at,
        redacted.landed_at
    from redacted
    left join uploaders on redacted.uploaded_by = uploaders.account_id

)

select * from renamed
