-- One row per record and rule between records that it breaks: the contract's `record_rules`.
{{ config(materialized='view') }}

with replies as (

    select * from {{ ref('stg_helpdesk__replies') }}

),

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

),

strays as (

    select
        'helpdesk.replies' as stream,
        {{ row_key('stg_helpdesk__replies') }} as row_key,
        written_date as violation_date,
        'ticket_exists' as rule_name
    from replies
    where ticket_id not in (select tickets.ticket_id from tickets)

)

select * from strays
