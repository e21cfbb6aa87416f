-- One row per loaded file: its lines, and what became of them.
with ledger as (

    select * from {{ ref('stg_granary__load_ledger') }}

),

files as (

    select
        file_id,
        source as source_system,
        stream,
        path as file_path,
        size_bytes,
        line_count,
        row_count,
        reject_count,
        batch_id,
        line_count - row_count - reject_count as lost_line_count,
        loaded_at
    from ledger

)

select * from files
