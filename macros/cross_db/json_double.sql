{#- The number that a JSON object, given as text, holds under a key; null where it holds none. -#}
{% macro json_double(column, key) -%}
    {{ adapter.dispatch('json_double')(column, key) }}
{%- endmacro %}

{% macro default__json_double(column, key) -%}
    {{ exceptions.raise_compiler_error('json_double is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_double(column, key) -%}
    try_cast({{ json_value(column, key) }} as double)
{%- endmacro %}

{#- The server knows no cast that gives null, and a number may be too large for a double. -#}
{% macro postgres__json_double(column, key) -%}
    {%- set text = json_value(column, key) -%}
    case
        when {{ text }} ~ '^-?[0-9.]{1,40}([eE][+-]?[0-9]{1,2})?$'
            then cast({{ text }} as double precision)
    end
{%- endmacro %}
