-- One row per feedback of a person on an analysis: its latest state. Days with new rows are
-- replaced, and so are rows whose versions of person and organization have changed.
{{ config(
    materialized='incremental',
    window_column='feedback_date',
    unique_key='feedback_id',
    partition_by_month='feedback_date',
    indexes=[
        {'columns': ['feedback_date']},
        {'columns': ['organization_id', 'feedback_date']},
        {'columns': ['analysis_id']},
    ],
) }}

with feedback as (

    select * from {{ ref('stg_prism__user_feedback') }}
    {% if is_incremental() -%}
    where
        {{ in_changed_window('feedback_date') }}
        or feedback_id in (
            {{ rows_of_moved_versions('feedback_id', 'feedback_date') }}
        )
    {%- endif %}

),

measured as (

    select
        feedback.feedback_id,
        {{ date_key('feedback.created_at') }} as date_key,
        {{ time_key('feedback.created_at') }} as time_key,
        coalesce(users.user_version_key, {{ unknown_key() }}) as user_version_key,
        coalesce(organizations.organization_version_key, {{ unknown_key() }})
            as organization_version_key,
        coalesce(feedback.user_key, {{ unknown_key() }}) as user_key,
        coalesce(feedback.organization_id, {{ unknown_key() }}) as organization_id,
        feedback.analysis_id,
        feedback.document_id,
        feedback.section_id,
        feedback.feedback_date,
        feedback.feedback_type,
        feedback.category,
        feedback.feedback_action,
        feedback.workflow_status,
        feedback.feedback_rating,
        cast(length(feedback.feedback_text) as integer) as text_character_count,
        feedback.created_at,
        feedback.updated_at
    from feedback
    left join {{ ref('dim_users') }} as users
        on
            feedback.user_key = users.user_key
            and feedback.feedback_date >= users.effective_date
            and feedback.feedback_date < users.expiry_date
    left join {{ ref('dim_organizations') }} as organizations
        on
            feedback.organization_id = organizations.organization_id
            and feedback.feedback_date >= organizations.effective_date
            and feedback.feedback_date < organizations.expiry_date

)

select * from measured
