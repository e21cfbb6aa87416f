-- One row per section of a document: the latest delivery.
{{ config(window_column='section_date', row_key=['section_id'], parents=['document_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'document_sections') }}
    where {{ in_changed_window('_event_date') }}

),

latest as {{ pipeline_break() }} (

    {{ latest_delivery('delivered', 'prism.document_sections') }}

),

renamed as (

    select
        id as section_id,
        document_id,
        _event_date as section_date,
        {{ redact_pii('section_name') }} as section_name,
        {{ redact_pii('section_type') }} as section_type,
        {{ redact_pii('content') }} as section_text,
        {{ redact_pii('ai_analysis_status') }} as analysis_status,
        {{ if_possible('prism.document_sections', 'section_order') }} as section_order,
        {{ if_possible('prism.document_sections', 'word_count') }} as word_count,
        {{ to_decimal(if_possible('prism.document_sections', 'complexity_score'), 5, 4) }}
            as complexity_score,
        {{ to_decimal(if_possible('prism.document_sections', 'analysis_duration_seconds'), 18, 3) }}
            as analysis_duration_seconds,
        {{ money(if_possible('prism.document_sections', 'analysis_cost_usd')) }} as cost_usd,
        {{ broken_rules('prism.document_sections') }} as broken_rules,
        created_at
    from latest

)

select * from renamed
