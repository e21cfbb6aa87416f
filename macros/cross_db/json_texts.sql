{#-
    The texts of a JSON array in byte order, comma separated. Null where the column holds something
    other than an array. Numbers, nulls and objects are left out, because engines write them
    differently.
-#}
{% macro json_texts(column) -%}
    {{ adapter.dispatch('json_texts')(column) }}
{%- endmacro %}

{% macro default__json_texts(column) -%}
    {{ exceptions.raise_compiler_error('json_texts is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_texts(column) -%}
    case when json_type({{ column }}) = 'ARRAY' then
        coalesce(array_to_string(list_sort([
            element ->> '$'
            for element in json_extract({{ column }}, '$[*]')
            if json_type(element) = 'VARCHAR'
        ]), ','), '')
    end
{%- endmacro %}

{% macro postgres__json_texts(column) -%}
    case when json_typeof({{ column }}) = 'array' then
        array_to_string(array(
            select elements.value #>> '{}'
            from json_array_elements({{ column }}) as elements
            where json_typeof(elements.value) = 'string'
            order by elements.value #>> '{}' collate "C"
        ), ',')
    end
{%- endmacro %}
