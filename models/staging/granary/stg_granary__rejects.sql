-- One row per line that could not become a row. Its text stays behind.
{{ config(materialized='view') }}

with rejects as (

    select * from {{ source('granary', 'rejects') }}

),

files as (

    select
        file_id,
        loaded_at
    from {{ source('granary', 'load_ledger') }}

),

-- The day of the folder it was delivered in; a file elsewhere has the day it was loaded.
dated as (

    select
        {{ md5_uuid("rejects.file_id || ':' || rejects.line") }} as reject_key,
        rejects.file_id,
        rejects.source || '.' || rejects.stream as stream,
        rejects.line as line_number,
        rejects.reason,
        case
            when rejects.reason like 'missing field: %'
                then substr(rejects.reason, 16) || '_is_given'
            else 'line_is_readable'
        end as rule_name,
        {{ folder_date('rejects.file', 'files.loaded_at') }} as delivery_date
    from rejects
    inner join files on rejects.file_id = files.file_id

)

select * from dated
