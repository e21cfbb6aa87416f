{#- The text that all rows of a group share. -#}
{% macro common_text(column) -%}
    {{ adapter.dispatch('common_text')(column) }}
{%- endmacro %}

{% macro default__common_text(column) -%}
    {{ exceptions.raise_compiler_error('common_text is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__common_text(column) -%}
    any_value({{ column }})
{%- endmacro %}

{#- PostgreSQL has any_value only from version 16 on. -#}
{% macro postgres__common_text(column) -%}
    min({{ column }} collate "C")
{%- endmacro %}
