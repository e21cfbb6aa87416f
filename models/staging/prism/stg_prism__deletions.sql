-- One row per tombstone: a row that extraction no longer found at the source. A person's account
-- carries its pseudonym.
{{ config(window_column='deletion_date', row_key=['table_name', 'entity_key', 'detected_at']) }}

with delivered as (

    select * from {{ source('prism', 'deletions') }}
    where {{ in_changed_window('_event_date') }}

),

latest as not materialized (

    {{ latest_delivery('delivered', 'prism.deletions') }}

),

renamed as (

    select
        case
            when table_name = 'users' then {{ hash_pii('cast(id as varchar)', 'user') }}
            else id
        end as entity_key,
        _event_date as deletion_date,
        {{ redact_pii('table_name') }} as table_name,
        {{ broken_rules('prism.deletions') }} as broken_rules,
        detected_at,
        landed_at
    from latest

)

select * from renamed
