{#- The text at a path of keys in JSON; null where there is none, or something else than a text. -#}
{% macro json_text_at(column, keys) -%}
    {{ adapter.dispatch('json_text_at')(column, keys) }}
{%- endmacro %}

{% macro default__json_text_at(column, keys) -%}
    {{ exceptions.raise_compiler_error('json_text_at is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_text_at(column, keys) -%}
    {%- set path = "'$." ~ '"' ~ keys | join('"."') ~ '"' ~ "'" -%}
    case
        when json_type({{ column }}, {{ path }}) = 'VARCHAR'
            then json_extract_string({{ column }}, {{ path }})
    end
{%- endmacro %}

{% macro postgres__json_text_at(column, keys) -%}
    {%- set path = "array['" ~ keys | join("', '") ~ "']" -%}
    case
        when json_typeof({{ column }} #> {{ path }}) = 'string' then {{ column }} #>> {{ path }}
    end
{%- endmacro %}
