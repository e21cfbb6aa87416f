-- One row per analysis of a document or section. Days with new rows are replaced, and so are rows
-- whose document or whose versions of person and organization have changed.
{{ config(
    materialized='incremental',
    window_column='analysis_date',
    unique_key='analysis_id',
    partition_by_month='analysis_date',
    indexes=[
        {'columns': ['analysis_date']},
        {'columns': ['organization_id', 'analysis_date']},
        {'columns': ['user_key']},
        {'columns': ['document_id']},
    ],
) }}

with documents as (

    select * from {{ ref('stg_prism__documents') }}

),

analyses as (

    select * from {{ ref('stg_prism__analysis_results') }}
    {% if is_incremental() -%}
    where
        {{ in_changed_window('analysis_date') }}
        or document_id in (
            select document_id from documents
            where {{ in_changed_window('upload_date') }}
        )
        or analysis_id in (
            {{ rows_of_moved_versions('analysis_id', 'analysis_date', with_profile=true) }}
        )
    {%- endif %}

),

placed as (

    select
        analyses.*,
        documents.organization_id
    from analyses
    left join documents on analyses.document_id = documents.document_id

),

measured as (

    select
        placed.analysis_id,
        {{ date_key('placed.created_at') }} as date_key,
        {{ time_key('placed.created_at') }} as time_key,
        coalesce(users.user_version_key, {{ unknown_key() }}) as user_version_key,
        coalesce(organizations.organization_version_key, {{ unknown_key() }})
            as organization_version_key,
        coalesce(users.user_profile_key, {{ unknown_key() }}) as user_profile_key,
        {{ ai_model_key('placed.ai_model_name', 'placed.ai_model_version') }} as ai_model_key,
        coalesce(placed.user_key, {{ unknown_key() }}) as user_key,
        coalesce(placed.organization_id, {{ unknown_key() }}) as organization_id,
        placed.document_id,
        placed.section_id,
        placed.analysis_date,
        case when placed.is_completed then 'completed' else 'incomplete' end
            as processing_status,
        placed.risk_level,
        {{ seconds_between('placed.started_at', 'placed.completed_at') }}
            as processing_duration_seconds,
        placed.token_count as tokens_consumed,
        placed.cost_usd,
        placed.feedback_item_count as feedback_items_generated,
        placed.high_risk_count as high_risk_items,
        placed.medium_risk_count as medium_risk_items,
        placed.low_risk_count as low_risk_items,
        placed.confidence_score,
        placed.satisfaction_score as user_satisfaction_score,
        {{ analysis_quality_rating() }} as analysis_quality_rating,
        placed.batch_id,
        placed.created_at
    from placed
    left join {{ ref('dim_users') }} as users
        on
            placed.user_key = users.user_key
            and placed.analysis_date >= users.effective_date
            and placed.analysis_date < users.expiry_date
    left join {{ ref('dim_organizations') }} as organizations
        on
            placed.organization_id = organizations.organization_id
            and placed.analysis_date >= organizations.effective_date
            and placed.analysis_date < organizations.expiry_date

)

select * from measured
