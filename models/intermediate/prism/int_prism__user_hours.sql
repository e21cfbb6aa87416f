-- One row per person, UTC day and hour in which the person did something.
{{ config(window_column='activity_date') }}

with analyses as (

    select
        user_key,
        analysis_date as activity_date,
        created_at,
        satisfaction_score
    from {{ ref('stg_prism__analysis_results') }}
    where {{ in_changed_window('analysis_date') }}

),

documents as (

    select
        uploader_key as user_key,
        upload_date as activity_date,
        created_at,
        processing_status
    from {{ ref('stg_prism__documents') }}
    where {{ in_changed_window('upload_date') }}

),

feedback as (

    select
        user_key,
        feedback_date as activity_date,
        created_at,
        feedback_action
    from {{ ref('stg_prism__user_feedback') }}
    where {{ in_changed_window('feedback_date') }}

),

events as (

    select
        user_key,
        event_date as activity_date,
        created_at,
        session_key,
        event_type
    from {{ ref('stg_prism__audit_logs') }}
    where {{ in_changed_window('event_date') }}

),

-- A session counts in each hour from its first event there to its last.
sessions as (

    select
        user_key,
        activity_date,
        min(created_at) as created_at,
        max({{ epoch_microseconds('created_at') }})
        - min({{ epoch_microseconds('created_at') }}) as session_microseconds
    from events
    where session_key is not null
    group by user_key, activity_date, session_key, extract(hour from created_at)

),

features as (

    select
        user_key,
        activity_date,
        min(created_at) as created_at,
        {{ json_histogram('event_type') }} as feature_usage
    from events
    group by user_key, activity_date, extract(hour from created_at)

),

acts as (

    {% set measures = {
        'analyses': {
            'analysis_count': '1',
            'satisfaction_total': 'coalesce(satisfaction_score, 0)',
            'satisfaction_count': 'case when satisfaction_score is null then 0 else 1 end',
        },
        'documents': {
            'document_count': '1',
            'processed_document_count': "case when processing_status = 'completed' then 1 else 0 end",
        },
        'feedback': {
            'feedback_count': '1',
            'accepted_count': "case when feedback_action = 'accepted' then 1 else 0 end",
            'rejected_count': "case when feedback_action = 'rejected' then 1 else 0 end",
        },
        'features': {'feature_usage': 'feature_usage'},
        'sessions': {'session_microseconds': 'session_microseconds'},
    } -%}
    {% for relation, own in measures.items() %}
        {{ 'union all' if not loop.first }}
        select
            user_key,
            activity_date,
            cast(extract(hour from created_at) as integer) as hour_number,
            {% for measure in [
                'analysis_count', 'document_count', 'processed_document_count', 'feedback_count',
                'accepted_count', 'rejected_count', 'satisfaction_total', 'satisfaction_count',
                'session_microseconds',
            ] -%}
                {{ own.get(measure, '0') }} as {{ measure }},
            {% endfor -%}
            {{ own.get('feature_usage', 'cast(null as varchar)') }} as feature_usage
        from {{ relation }}
    {%- endfor %}

),

hours as (

    select
        user_key,
        activity_date,
        hour_number,
        coalesce(max(feature_usage), '{}') as feature_usage,
        cast(sum(analysis_count) as bigint) as analysis_count,
        cast(sum(document_count) as bigint) as document_count,
        cast(sum(processed_document_count) as bigint) as processed_document_count,
        cast(sum(feedback_count) as bigint) as feedback_count,
        cast(sum(accepted_count) as bigint) as accepted_count,
        cast(sum(rejected_count) as bigint) as rejected_count,
        cast(sum(satisfaction_total) as numeric(18, 4)) as satisfaction_total,
        cast(sum(satisfaction_count) as bigint) as satisfaction_count,
        cast(sum(session_microseconds) as bigint) as session_microseconds
    from acts
    where user_key is not null
    group by user_key, activity_date, hour_number

)

select * from hours
