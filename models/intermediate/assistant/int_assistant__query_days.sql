-- One row per normalized question, user role and UTC day.
{{ config(window_column='activity_date') }}

with interactions as (

    select * from {{ ref('stg_assistant__interactions') }}
    where {{ in_changed_window('activity_date') }}

),

query_days as (

    select
        query_key,
        activity_date,
        {{ or_unknown('user_role') }} as user_role,
        {{ common_text('query_normalized') }} as query_normalized,
        {{ or_unknown(common_text('query_type')) }} as query_type,
        count(*) as ask_count,
        {{ count_where('is_successful') }} as success_count,
        cast(sum(response_milliseconds) as bigint) as response_milliseconds,
        count(response_milliseconds) as timed_count,
        cast(sum(user_rating) as bigint) as rating_total,
        count(user_rating) as rating_count,
        max(asked_at) as last_asked_at
    from interactions
    group by query_key, activity_date, {{ or_unknown('user_role') }}

)

select * from query_days
