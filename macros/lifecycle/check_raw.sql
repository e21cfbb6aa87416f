{#- Stops with the remedy where nothing was ever ingested. -#}
{% macro check_raw() -%}
    {%- if execute and not run_query(
        "select 1 from information_schema.tables"
        ~ " where table_schema = 'raw' and table_name = 'window_changes'"
    ).rows -%}
        {{ exceptions.raise_compiler_error(
            'the warehouse has no raw tables yet: run `granary ingest` first'
        ) }}
    {%- endif -%}
{%- endmacro %}
