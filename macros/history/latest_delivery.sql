{#-
    The latest raw row of each natural key. The config `first_by` decides first, then the greatest
    version where the contract names one, then the last delivery, by file and line.

    An increment reads rows that it has read before. Such a row counts only while the model still
    holds it on this day; otherwise it has moved to another.

    Each row carries two times of its file. `landed_at` is when it was landed, as its path says.
    `delivered_at` is when it was loaded, but never before a file that was loaded earlier, whatever
    the clock said.
-#}
{% macro latest_delivery(relation, stream) -%}
    {%- set meta = stream_node(stream).config.meta -%}
    {%- set order = ['_file_id desc nulls last', '_line desc nulls last'] -%}
    {%- if meta.version -%}
        {%- do order.insert(0, adapter.quote(meta.version) ~ ' desc nulls last') -%}
    {%- endif -%}
    {%- if config.get('first_by') -%}
        {%- do order.insert(0, adapter.quote(config.get('first_by')) ~ ' desc nulls last') -%}
    {%- endif -%}
    {%- set latest -%}
    {{ adapter.dispatch('latest_delivery')(
        relation, quoted(meta.natural_key) | join(', '), order | join(', ')
    ) }}
    {%- endset -%}
    select
        latest.*,
        files.landed_at,
        files.delivered_at
    from (
    {{ latest }}
    ) as latest
    left join (
        select
            file_id,
            landed_at,
            max(loaded_at) over (order by file_id) as delivered_at
        from raw.load_ledger
    ) as files on latest._file_id = files.file_id
    {%- if is_incremental() and moves_between_days(model) -%}
    {%- set day = config.get('window_column') %}
    where
        _batch_id > {{ built_upto() }}
        or ({{ quoted(meta.natural_key) | join(', ') }}, _event_date) in (
            select {{ quoted(config.get('row_key') + [day]) | join(', ') }}
            from {{ this }}
            where {{ in_windows(adapter.quote(day), changed_windows()) }}
        )
    {%- endif -%}
{%- endmacro %}

{% macro default__latest_delivery(relation, natural_key, latest_first) -%}
    {{ exceptions.raise_compiler_error('latest_delivery is not written for ' ~ target.type) }}
{%- endmacro %}

{#-
    Few keys are delivered twice. Only their rows are ranked, and all others stream past in order.
    An increment of a few days ranks all its rows, because that query takes DuckDB half the time to
    set up.
-#}
{% macro duckdb__latest_delivery(relation, natural_key, latest_first) -%}
    {%- if is_incremental() and changed_windows() | length <= 7 -%}
    select * from {{ relation }}
    {%- else -%}
    select * from {{ relation }}
    where hash({{ natural_key }}) not in (
        select hash({{ natural_key }}) from {{ relation }} group by 1 having count(*) > 1
    )
    union all
    select * from {{ relation }}
    where hash({{ natural_key }}) in (
        select hash({{ natural_key }}) from {{ relation }} group by 1 having count(*) > 1
    )
    {%- endif %}
    qualify row_number() over (
        partition by {{ natural_key }}
        order by {{ latest_first }}
    ) = 1
{%- endmacro %}

{% macro postgres__latest_delivery(relation, natural_key, latest_first) -%}
    select distinct on ({{ natural_key }}) * from {{ relation }}
    order by {{ natural_key }}, {{ latest_first }}
{%- endmacro %}
