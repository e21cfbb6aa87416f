-- One row per UTC day, organization and person who acted that day.
{{ config(materialized='incremental', window_column='activity_date', unique_key='activity_date') }}

with acts as (

    {% for relation, day, person, act in [
        ('dim_documents', 'upload_date', 'uploader_key', 'upload'),
        ('fct_document_analysis', 'analysis_date', 'user_key', 'analysis'),
        ('fct_user_feedback', 'feedback_date', 'user_key', 'feedback'),
    ] %}
        {{ 'union all' if not loop.first }}
        select
            {{ day }} as activity_date,
            coalesce(organization_id, {{ unknown_key() }}) as organization_id,
            {{ person }} as user_key,
            '{{ act }}' as act
        from {{ ref(relation) }}
        where
            coalesce({{ person }}, {{ unknown_key() }}) != {{ unknown_key() }}
            and {{ in_changed_window_of_documents(day) }}
    {%- endfor %}

),

counted as (

    select
        activity_date,
        organization_id,
        user_key,
        {{ date_key('activity_date') }} as date_key,
        {{ count_where("act = 'upload'") }} as upload_count,
        {{ count_where("act = 'analysis'") }} as analysis_count,
        {{ count_where("act = 'feedback'") }} as feedback_count
    from acts
    group by activity_date, organization_id, user_key

)

select * from counted
