-- One row per person, UTC day and hour in which the person did something.
{{ config(window_column='activity_date') }}

with analyses as (

    select
        user_key,
        analysis_date as activity_date,
        cast(extract(hour from created_at) as integer) as hour_number,
        count(*) as analysis_count,
        sum(satisfaction_score) as satisfaction_total,
        count(satisfaction_score) as satisfaction_count
    from {{ ref('stg_prism__analysis_results') }}
    where
        user_key is not null
        and {{ in_changed_window('analysis_date') }}
    group by user_key, analysis_date, extract(hour from created_at)

),

documents as (

    select
        uploader_key as user_key,
        upload_date as activity_date,
        cast(extract(hour from created_at) as integer) as hour_number,
        count(*) as document_count,
        {{ count_where("processing_status = 'completed'") }} as processed_document_count
    from {{ ref('stg_prism__documents') }}
    where
        uploader_key is not null
        and {{ in_changed_window('upload_date') }}
    group by uploader_key, upload_date, extract(hour from created_at)

),

feedback as (

    select
        user_key,
        feedback_date as activity_date,
        cast(extract(hour from created_at) as integer) as hour_number,
        count(*) as feedback_count,
        {{ count_where("feedback_action = 'accepted'") }} as accepted_count,
        {{ count_where("feedback_action = 'rejected'") }} as rejected_count
    from {{ ref('stg_prism__user_feedback') }}
    where
        user_key is not null
        and {{ in_changed_window('feedback_date') }}
    group by user_key, feedback_date, extract(hour from created_at)

),

-- A session counts in each hour from its first event there to its last.
session_hours as (

    select
        user_key,
        session_key,
        event_date as activity_date,
        cast(extract(hour from created_at) as integer) as hour_number,
        max({{ epoch_microseconds('created_at') }})
        - min({{ epoch_microseconds('created_at') }}) as session_microseconds
    from {{ ref('stg_prism__audit_logs') }}
    where
        user_key is not null
        and {{ in_changed_window('event_date') }}
    group by user_key, session_key, event_date, extract(hour from created_at)

),

sessions as (

    select
        user_key,
        activity_date,
        hour_number,
        cast(sum(case when session_key is not null then session_microseconds else 0 end) as bigint)
            as session_microseconds
    from session_hours
    group by user_key, activity_date, hour_number

),

event_types as (

    select
        user_key,
        event_date as activity_date,
        cast(extract(hour from created_at) as integer) as hour_number,
        event_type,
        count(*) as event_count
    from {{ ref('stg_prism__audit_logs') }}
    where
        user_key is not null
        and event_type is not null
        and {{ in_changed_window('event_date') }}
    group by user_key, event_date, extract(hour from created_at), event_type

),

features as (

    select
        user_key,
        activity_date,
        hour_number,
        {{ json_counts('event_type', 'event_count') }} as feature_usage
    from event_types
    group by user_key, activity_date, hour_number

),

hours as (

    select user_key, activity_date, hour_number from analyses
    union
    select user_key, activity_date, hour_number from documents
    union
    select user_key, activity_date, hour_number from feedback
    union
    select user_key, activity_date, hour_number from sessions

),

joined as (

    select
        hours.user_key,
        hours.activity_date,
        hours.hour_number,
        coalesce(features.feature_usage, '{}') as feature_usage,
        coalesce(analyses.analysis_count, 0) as analysis_count,
        coalesce(documents.document_count, 0) as document_count,
        coalesce(documents.processed_document_count, 0) as processed_document_count,
        coalesce(feedback.feedback_count, 0) as feedback_count,
        coalesce(feedback.accepted_count, 0) as accepted_count,
        coalesce(feedback.rejected_count, 0) as rejected_count,
        cast(coalesce(analyses.satisfaction_total, 0) as numeric(18, 4)) as satisfaction_total,
        coalesce(analyses.satisfaction_count, 0) as satisfaction_count,
        coalesce(sessions.session_microseconds, 0) as session_microseconds
    from hours
    left join analyses
        on
            hours.user_key = analyses.user_key
            and hours.activity_date = analyses.activity_date
            and hours.hour_number = analyses.hour_number
    left join documents
        on
            hours.user_key = documents.user_key
            and hours.activity_date = documents.activity_date
            and hours.hour_number = documents.hour_number
    left join feedback
        on
            hours.user_key = feedback.user_key
            and hours.activity_date = feedback.activity_date
            and hours.hour_number = feedback.hour_number
    left join sessions
        on
            hours.user_key = sessions.user_key
            and hours.activity_date = sessions.activity_date
            and hours.hour_number = sessions.hour_number
    left join features
        on
            hours.user_key = features.user_key
            and hours.activity_date = features.activity_date
            and hours.hour_number = features.hour_number

)

select * from joined
