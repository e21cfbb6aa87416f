-- Sums over user analytics are sums over the facts, a day: analyses and feedback of known people,
-- and documents whose processing is completed.
with hours as (

    select
        activity_date,
        sum(ai_interactions) as analysis_count,
        sum(feedback_submissions) as feedback_count,
        sum(documents_processed) as document_count
    from {{ ref('user_analytics_hourly') }}
    group by activity_date

),

acts as (

    select
        analysis_date as activity_date,
        1 as analysis_count,
        0 as feedback_count,
        0 as document_count
    from {{ ref('fct_document_analysis') }}
    where user_key != {{ unknown_key() }}
    union all
    select
        feedback_date as activity_date,
        0 as analysis_count,
        1 as feedback_count,
        0 as document_count
    from {{ ref('fct_user_feedback') }}
    where user_key != {{ unknown_key() }}
    union all
    select
        upload_date as activity_date,
        0 as analysis_count,
        0 as feedback_count,
        1 as document_count
    from {{ ref('dim_documents') }}
    where
        uploader_key is not null
        and processing_status = 'completed'

),

days as (

    select
        activity_date,
        sum(analysis_count) as analysis_count,
        sum(feedback_count) as feedback_count,
        sum(document_count) as document_count
    from acts
    group by activity_date

)

select
    days.activity_date,
    days.analysis_count,
    hours.analysis_count as hourly_analysis_count
from days
left join hours on days.activity_date = hours.activity_date
where
    days.activity_date >= {{ whole_since([
        ref('user_analytics_hourly'), ref('dim_documents'),
        ref('fct_document_analysis'), ref('fct_user_feedback'),
    ]) }}
    and (
        days.analysis_count != coalesce(hours.analysis_count, 0)
        or days.feedback_count != coalesce(hours.feedback_count, 0)
        or days.document_count != coalesce(hours.document_count, 0)
    )
