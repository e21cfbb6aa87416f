-- For every loaded file, schema raw holds the rows and the rejects its ledger entry counts, but for
-- those the lifecycle has noted as moved or destroyed. Streams come from the
-- contracts: a new one is covered without a word.
with held as (

    select
        file_id,
        0 as row_count,
        count(*) as reject_count
    from {{ source('granary', 'rejects') }}
    group by file_id
    union all
    select
        file_id,
        case when relation = 'raw.rejects' then 0 else row_count end as row_count,
        case when relation = 'raw.rejects' then row_count else 0 end as reject_count
    from {{ source('operations', 'expired_lines') }}
    {% for node in stream_nodes() -%}
        union all
        select
            _file_id as file_id,
            count(*) as row_count,
            0 as reject_count
        from {{ node.relation_name }}
        group by _file_id
    {% endfor %}

),

held_by_file as (

    select
        file_id,
        sum(row_count) as row_count,
        sum(reject_count) as reject_count
    from held
    group by file_id

),

ledger as (

    select * from {{ source('granary', 'load_ledger') }}

)

select
    coalesce(ledger.file_id, held_by_file.file_id) as file_id,
    ledger.row_count as rows_in_ledger,
    held_by_file.row_count as rows_held,
    ledger.reject_count as rejects_in_ledger,
    held_by_file.reject_count as rejects_held
from ledger
full outer join held_by_file on ledger.file_id = held_by_file.file_id
where
    coalesce(ledger.row_count, -1) != coalesce(held_by_file.row_count, 0)
    or coalesce(ledger.reject_count, -1) != coalesce(held_by_file.reject_count, 0)
