{#-
    Columns, types and not-null of a contracted table, without its primary key. DuckDB would keep an
    index for it, which slows every increment of a large table; the `grain` test checks the key
    instead.
-#}
{% macro duckdb__get_table_columns_and_constraints() -%}
    {%- set keep = [] -%}
    {%- for constraint in model['constraints'] if constraint['type'] != 'primary_key' -%}
        {%- do keep.append(constraint) -%}
    {%- endfor -%}
    {%- set lines = adapter.render_raw_columns_constraints(raw_columns=model['columns'])
        + adapter.render_raw_model_constraints(raw_constraints=keep) -%}
    (
        {{ lines | join(',\n        ') }}
    )
{%- endmacro %}
