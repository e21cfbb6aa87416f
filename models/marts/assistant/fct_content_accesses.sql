-- One row per piece of content shown in a session. Whole days are replaced.
{{ config(materialized='incremental', window_column='access_date') }}

with accesses as (

    select * from {{ ref('stg_assistant__content_accesses') }}
    where {{ in_changed_window('access_date') }}

),

keyed as (

    select
        session_key,
        {{ date_key('accessed_at') }} as date_key,
        {{ time_key('accessed_at') }} as time_key,
        content_id,
        access_date,
        user_role,
        content_type,
        {{ ratio('relevance_millionths', '1000000') }} as relevance,
        accessed_at
    from accesses

)

select * from keyed
