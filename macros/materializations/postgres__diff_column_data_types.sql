{#-
    Columns to which an increment would give another type. On PostgreSQL a contracted table says
    `varchar` where its query gives `text`. Both hold the same, so the schema has not changed.
-#}
{% macro postgres__diff_column_data_types(source_columns, target_columns) -%}
    {%- set changed = [] -%}
    {%- for difference in dbt.default__diff_column_data_types(source_columns, target_columns) -%}
        {%- set name = difference['column_name'] -%}
        {%- set source = source_columns | selectattr('name', 'equalto', name) | first -%}
        {%- set target = target_columns | selectattr('name', 'equalto', name) | first -%}
        {%- if not (source.is_string() and target.is_string()) -%}
            {%- do changed.append(difference) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(changed) }}
{%- endmacro %}
