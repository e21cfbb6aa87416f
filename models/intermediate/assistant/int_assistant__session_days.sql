-- One row per session and UTC day on which it was active.
{{ config(window_column='activity_date') }}

with interactions as (

    select * from {{ ref('stg_assistant__interactions') }}
    where {{ in_changed_window('activity_date') }}

),

session_days as (

    select
        session_key,
        activity_date,
        {{ first_text('user_role') }} as user_role,
        {{ first_uuid('user_key') }} as user_key,
        count(*) as query_count,
        {{ count_where('is_successful') }} as successful_query_count,
        {{ count_where("query_type = 'technical'") }} as technical_query_count,
        cast(sum(response_milliseconds) as bigint) as response_milliseconds,
        count(response_milliseconds) as timed_query_count,
        cast(sum(code_snippet_count) as bigint) as code_snippet_count,
        cast(sum(citation_count) as bigint) as citation_count,
        cast(sum(user_rating) as bigint) as rating_total,
        count(user_rating) as rating_count,
        bool_or(is_time_possible) as is_time_possible,
        min(asked_at) as first_asked_at,
        max(asked_at) as last_asked_at
    from interactions
    group by session_key, activity_date

)

select * from session_days
