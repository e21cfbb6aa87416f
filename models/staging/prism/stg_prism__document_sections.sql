-- One row per section of a document: the latest delivery.
{{ config(window_column='section_date', row_key=['section_id'], parents=['document_id']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'document_sections') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.document_sections') }}

),

redacted as not materialized (

    {{ redact_columns('latest', {
        'clean_section_name': 'section_name',
        'clean_section_type': 'section_type',
        'clean_section_text': 'content',
        'clean_analysis_status': 'ai_analysis_status',
    }) }}

),

renamed as (

    select
        id as section_id,
        document_id,
        _event_date as section_date,
        clean_section_name as section_name,
        clean_section_type as section_type,
        clean_section_text as section_text,
        clean_analysis_status as analysis_status,
        {{ if_possible('prism.document_sections', 'section_order') }} as section_order,
        {{ if_possible('prism.document_sections', 'word_count') }} as word_count,
        {{ to_decimal(if_possible('prism.document_sections', 'complexity_score'), 5, 4) }}
            as complexity_score,
        {{ to_decimal(if_possible('prism.document_sections', 'analysis_duration_seconds'), 18, 3) }}
            as analysis_duration_seconds,
        {{ money(if_possible('prism.document_sections', 'analysis_cost_usd')) }} as cost_usd,
        {{ broken_rules('prism.document_sections') }} as broken_rules,
        created_at
    from redacted

)

select * from renamed
