-- One row per application that records into the warehouse.
with applications as (

    select * from {{ ref('applications') }}

),

keyed as (

    select
        {{ md5_uuid('application_name') }} as application_key,
        application_name,
        description,
        delivery
    from applications

)

select * from keyed
