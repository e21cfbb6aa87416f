{#- How many objects, in arrays of objects at a path of keys in a JSON array, have a key with a value. -#}
{% macro json_path_count(column, keys, key, value) -%}
    {{ adapter.dispatch('json_path_count')(column, keys, key, value) }}
{%- endmacro %}

{% macro default__json_path_count(column, keys, key, value) -%}
    {{ exceptions.raise_compiler_error('json_path_count is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_path_count(column, keys, key, value) -%}
    case when json_type({{ column }}) = 'ARRAY' then
        cast(len(list_filter(
            json_extract_string({{ column }}, '$[*].{{ keys | join('[*].') }}[*].{{ key }}'),
            lambda found: found = '{{ value }}'
        )) as bigint)
    end
{%- endmacro %}

{% macro postgres__json_path_count(column, keys, key, value) -%}
    case when json_typeof({{ column }}) = 'array' then
        (
            select count(*)
            from jsonb_path_query(
                cast({{ column }} as jsonb),
                '$[*].{{ keys | join('[*].') }}[*] ? (@.{{ key }} == "{{ value }}")'
            )
        )
    end
{%- endmacro %}
