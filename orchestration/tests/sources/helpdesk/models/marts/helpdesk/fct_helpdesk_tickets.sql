-- One row per ticket. Whole days are replaced.
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    window_column='created_date',
) }}

with tickets_of_days as (

    select * from {{ ref('stg_helpdesk__tickets') }}
    where {{ in_changed_window('created_date') }}

),

described as (

    select
        {{ date_key('created_date') }} as date_key,
        ticket_id,
        customer_email_key,
        created_date,
        status,
        priority,
        created_at,
        updated_at
    from tickets_of_days

)

select * from described
