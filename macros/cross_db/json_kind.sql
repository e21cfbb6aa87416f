{#- The type of a JSON value, in JSON's words. -#}
{% macro json_kind(value) -%}
    {{ adapter.dispatch('json_kind')(value) }}
{%- endmacro %}

{% macro default__json_kind(value) -%}
    {{ exceptions.raise_compiler_error('json_kind is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_kind(value) -%}
    case
        when json_type({{ value }}) in ('OBJECT', 'ARRAY', 'BOOLEAN', 'NULL')
            then lower(json_type({{ value }}))
        when json_type({{ value }}) = 'VARCHAR' then 'string'
        when {{ value }} is null then 'null'
        else 'number'
    end
{%- endmacro %}

{% macro postgres__json_kind(value) -%}
    coalesce(json_typeof({{ value }}), 'null')
{%- endmacro %}
