-- One row per UTC day, piece of content and user role.
{{ config(materialized='incremental', window_column='access_date') }}

with accesses as (

    select * from {{ ref('stg_assistant__content_accesses') }}
    where {{ in_changed_window('access_date') }}

),

daily as (

    select
        access_date,
        content_id,
        {{ first_text('content_type') }} as content_type,
        user_role,
        count(*) as access_count,
        count(distinct session_key) as session_count,
        {{ ratio('sum(relevance_millionths)', 'count(relevance_millionths) * 1000000') }}
            as mean_relevance,
        max(accessed_at) as last_accessed_at
    from accesses
    group by access_date, content_id, user_role

)

select * from daily
