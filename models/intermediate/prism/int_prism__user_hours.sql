-- One row per person, UTC day and hour in which the person did something.
{{ config(window_column='activity_date') }}

-- A session counts in each hour from its first event there to its last.
with sessions as (

    select
        user_key,
        event_date,
        min(created_at) as created_at,
        max({{ epoch_microseconds('created_at') }})
        - min({{ epoch_microseconds('created_at') }}) as session_microseconds
    from {{ ref('stg_prism__audit_logs') }}
    where
        session_key is not null
        and {{ in_changed_window('event_date') }}
    group by user_key, event_date, session_key, extract(hour from created_at)

),

acts as (

    {% set measures = [
        'analysis_count', 'document_count', 'processed_document_count', 'feedback_count',
        'accepted_count', 'rejected_count', 'satisfaction_total', 'satisfaction_count',
        'session_microseconds',
    ] -%}
    {% for relation, person, day, own in [
        (ref('stg_prism__analysis_results'), 'user_key', 'analysis_date', {
            'analysis_count': '1',
            'satisfaction_total': 'coalesce(satisfaction_score, 0)',
            'satisfaction_count': 'case when satisfaction_score is null then 0 else 1 end',
        }),
        (ref('stg_prism__documents'), 'uploader_key', 'upload_date', {
            'document_count': '1',
            'processed_document_count': "case when processing_status = 'completed' then 1 else 0 end",
        }),
        (ref('stg_prism__user_feedback'), 'user_key', 'feedback_date', {
            'feedback_count': '1',
            'accepted_count': "case when feedback_action = 'accepted' then 1 else 0 end",
            'rejected_count': "case when feedback_action = 'rejected' then 1 else 0 end",
        }),
        (ref('stg_prism__audit_logs'), 'user_key', 'event_date', {'event_type': 'event_type'}),
        ('sessions', 'user_key', 'event_date', {'session_microseconds': 'session_microseconds'}),
    ] %}
        {{ 'union all' if not loop.first }}
        select
            {{ person }} as user_key,
            {{ day }} as activity_date,
            cast(extract(hour from created_at) as integer) as hour_number,
            {% for measure in measures -%}
                {{ own.get(measure, '0') }} as {{ measure }},
            {% endfor -%}
            {{ own.get('event_type', 'cast(null as varchar)') }} as event_type
        from {{ relation }}
        where
            {{ person }} is not null
            and {{ in_changed_window(day) }}
    {%- endfor %}

),

hours as (

    select
        user_key,
        activity_date,
        hour_number,
        {{ json_histogram('event_type') }} as feature_usage,
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
    group by user_key, activity_date, hour_number

)

select * from hours
