{#- The text of a JSON string; of other values, their JSON. -#}
{% macro json_text(value) -%}
    {{ adapter.dispatch('json_text')(value) }}
{%- endmacro %}

{% macro default__json_text(value) -%}
    {{ exceptions.raise_compiler_error('json_text is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_text(value) -%}
    ({{ value }} ->> '$')
{%- endmacro %}

{% macro postgres__json_text(value) -%}
    ({{ value }} #>> '{}')
{%- endmacro %}
