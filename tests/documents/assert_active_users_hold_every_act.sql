-- Uploads, analyses and feedback of known people, by day and organization, are those of the facts.
with counted as (

    select
        activity_date,
        organization_id,
        upload_count,
        analysis_count,
        feedback_count
    from {{ ref('active_users_daily') }}
    union all
    select
        upload_date as activity_date,
        coalesce(organization_id, {{ unknown_key() }}) as organization_id,
        -1 as upload_count,
        0 as analysis_count,
        0 as feedback_count
    from {{ ref('dim_documents') }}
    where uploader_key is not null
    union all
    select
        analysis_date as activity_date,
        organization_id,
        0 as upload_count,
        -1 as analysis_count,
        0 as feedback_count
    from {{ ref('fct_document_analysis') }}
    where user_key != {{ unknown_key() }}
    union all
    select
        feedback_date as activity_date,
        organization_id,
        0 as upload_count,
        0 as analysis_count,
        -1 as feedback_count
    from {{ ref('fct_user_feedback') }}
    where user_key != {{ unknown_key() }}

)

select
    activity_date,
    organization_id,
    sum(upload_count) as upload_difference,
    sum(analysis_count) as analysis_difference,
    sum(feedback_count) as feedback_difference
from counted
where activity_date >= {{ whole_since([
    ref('active_users_daily'), ref('dim_documents'),
    ref('fct_document_analysis'), ref('fct_user_feedback'),
]) }}
group by activity_date, organization_id
having sum(upload_count) != 0 or sum(analysis_count) != 0 or sum(feedback_count) != 0
