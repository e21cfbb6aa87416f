{#- The smallest text of a group in byte order, whatever the database's collation. -#}
{% macro first_text(column) -%}
    {{ adapter.dispatch('first_text')(column) }}
{%- endmacro %}

{% macro default__first_text(column) -%}
    {{ exceptions.raise_compiler_error('first_text is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__first_text(column) -%}
    min({{ column }})
{%- endmacro %}

{% macro postgres__first_text(column) -%}
    min({{ column }} collate "C")
{%- endmacro %}
