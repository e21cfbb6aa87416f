{#-
    Condition: a JSON object holds nothing, or null, under a key that is a plain name and not repeated.
-#}
{% macro json_lacks(column, key) -%}
    {{ adapter.dispatch('json_lacks')(column, key) }}
{%- endmacro %}

{% macro default__json_lacks(column, key) -%}
    {{ exceptions.raise_compiler_error('json_lacks is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_lacks(column, key) -%}
    coalesce(json_type({{ column }}, '/' || {{ key }}), 'NULL') = 'NULL'
{%- endmacro %}

{% macro postgres__json_lacks(column, key) -%}
    coalesce(json_typeof(({{ column }}) -> {{ key }}), 'null') = 'null'
{%- endmacro %}
