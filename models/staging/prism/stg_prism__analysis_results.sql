-- One row per analysis of a document or section: the latest delivery. Findings are counted; their
-- texts stay behind.
{{ config(window_column='analysis_date', row_key=['analysis_id'], parents=['user_key']) }}

with delivered as not materialized (

    select * from {{ source('prism', 'analysis_results') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.analysis_results') }}

),

-- Before the joins, see redact_columns.
redacted as not materialized (

    select
        *,
        {{ broken_rules('prism.analysis_results') }} as broken_rules
    from ({{ redact_columns('latest', {
        'clean_ai_model_name': 'ai_model_name',
        'clean_ai_model_version': 'ai_model_version',
    }) }}) as latest

),

accounts as (

    select
        created_by as account_id,
        {{ hash_pii(given_id('cast(created_by as varchar)'), 'user') }} as user_key
    from (select distinct created_by from delivered) as distinct_accounts

),

renamed as (

    select
        redacted.id as analysis_id,
        redacted.document_id,
        redacted.section_id,
        accounts.user_key,
        redacted._event_date as analysis_date,
        redacted.clean_ai_model_name as ai_model_name,
        redacted.clean_ai_model_version as ai_model_version,
        {{ if_possible('prism.analysis_results', 'risk_assessment') }} as risk_level,
        {{ to_decimal(if_possible('prism.analysis_results', 'model_temperature'), 5, 4) }}
            as model_temperature,
        {{ if_possible('prism.analysis_results', 'max_tokens') }} as max_token_count,
        {{ if_possible('prism.analysis_results', 'tokens_used') }} as token_count,
        {{ money(if_possible('prism.analysis_results', 'cost_usd')) }} as cost_usd,
        {{ json_array_count('redacted.feedback_items') }} as feedback_item_count,
        {{ json_array_count('redacted.feedback_items', 'risk_level', 'High') }} as high_risk_count,
        {{ json_array_count('redacted.feedback_items', 'risk_level', 'Medium') }}
            as medium_risk_count,
        {{ json_array_count('redacted.feedback_items', 'risk_level', 'Low') }} as low_risk_count,
        {{ to_decimal(if_possible('prism.analysis_results', 'confidence_score'), 5, 4) }}
            as confidence_score,
        {{ to_decimal(if_possible('prism.analysis_results', 'user_satisfaction_score'), 5, 4) }}
            as satisfaction_score,
        {{ if_possible('prism.analysis_results', 'feedback_accepted_count') }} as accepted_count,
        {{ if_possible('prism.analysis_results', 'feedback_rejected_count') }} as rejected_count,
        redacted.analysis_completed_at is not null as is_completed,
        redacted.broken_rules,
        redacted._batch_id as batch_id,
        {{ if_possible('prism.analysis_results', 'analysis_started_at') }} as started_at,
        {{ if_possible('prism.analysis_results', 'analysis_completed_at') }} as completed_at,
        redacted.created_at
    from redacted
    left join accounts on redacted.created_by = accounts.account_id

)

select * from renamed
