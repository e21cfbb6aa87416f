{#- Stops, with the remedy, where nothing was ever ingested by this version. -#}
{% macro check_raw() -%}
    {%- if execute and not run_query(
        "select 1 from information_schema.tables"
        ~ " where table_schema = 'governance' and table_name = 'closed_days'"
    ).rows -%}
        {{ exceptions.raise_compiler_error(
            'the warehouse lacks tables that loading makes: run `granary ingest` first'
        ) }}
    {%- endif -%}
{%- endmacro %}
