{#-
    Raw rows of a stream with `return_count` beside them: how many tombstones of its entity a row came
    back after. A row that returns after a deletion is newer than before, whatever its times say.
-#}
{% macro with_return_count(relation, source_name, stream) -%}
    with returns as (

        select
            written._file_id,
            written._line,
            count(*) as return_count
        from {{ relation }} as written
        inner join {{ source(source_name, 'deletions') }} as deletions
            on written.id = deletions.id
        inner join {{ source('granary', 'load_ledger') }} as files
            on written._file_id = files.file_id
        inner join {{ source('granary', 'load_ledger') }} as found
            on deletions._file_id = found.file_id
        where
            deletions.table_name = '{{ stream }}'
            and not {{ is_gone(
                'written.updated_at', 'files.landed_at', 'deletions.detected_at', 'found.landed_at'
            ) }}
        group by written._file_id, written._line

    )

    select
        written.*,
        coalesce(returns.return_count, 0) as return_count
    from {{ relation }} as written
    left join returns
        on
            written._file_id = returns._file_id
            and written._line = returns._line
{%- endmacro %}
