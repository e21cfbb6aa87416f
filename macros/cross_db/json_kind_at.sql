{#-
    The type of what a JSON object holds under a key, in JSON's words; `null` where it holds nothing.
    The key is a plain name and occurs at most once.
-#}
{% macro json_kind_at(column, key) -%}
    {{ adapter.dispatch('json_kind_at')(column, key) }}
{%- endmacro %}

{% macro default__json_kind_at(column, key) -%}
    {{ exceptions.raise_compiler_error('json_kind_at is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_kind_at(column, key) -%}
    {{ json_kind('json_extract(' ~ column ~ ", '/' || " ~ key ~ ')') }}
{%- endmacro %}

{% macro postgres__json_kind_at(column, key) -%}
    {{ json_kind('((' ~ column ~ ') -> ' ~ key ~ ')') }}
{%- endmacro %}
