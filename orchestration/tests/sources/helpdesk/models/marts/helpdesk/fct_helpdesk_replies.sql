-- One row per reply. Whole days are replaced.
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    window_column='written_date',
) }}

with replies_of_days as (

    select * from {{ ref('stg_helpdesk__replies') }}
    where {{ in_changed_window('written_date') }}

),

described as (

    select
        {{ date_key('written_date') }} as date_key,
        reply_id,
        ticket_id,
        agent_key,
        written_date,
        tone,
        waited_seconds,
        written_at
    from replies_of_days

)

select * from described
