{#- A text as a sort key in byte order, whatever the database's collation. -#}
{% macro in_byte_order(column) -%}
    {{ adapter.dispatch('in_byte_order')(column) }}
{%- endmacro %}

{% macro default__in_byte_order(column) -%}
    {{ exceptions.raise_compiler_error('in_byte_order is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__in_byte_order(column) -%}
    {{ column }}
{%- endmacro %}

{% macro postgres__in_byte_order(column) -%}
    {{ column }} collate "C"
{%- endmacro %}
