{#-
    The text that a JSON object, given as text, holds under a key; null where it holds none. The key is
    a plain name.
-#}
{% macro json_value(column, key) -%}
    {{ adapter.dispatch('json_value')(column, key) }}
{%- endmacro %}

{% macro default__json_value(column, key) -%}
    {{ exceptions.raise_compiler_error('json_value is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_value(column, key) -%}
    json_extract_string({{ column }}, '/{{ key }}')
{%- endmacro %}

{% macro postgres__json_value(column, key) -%}
    (cast({{ column }} as json) ->> '{{ key }}')
{%- endmacro %}
