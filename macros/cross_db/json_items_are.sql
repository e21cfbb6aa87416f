{#- Condition: a JSON value is an array, and every item has the type, in JSON's words. -#}
{% macro json_items_are(value, kind) -%}
    {{ adapter.dispatch('json_items_are')(value, kind) }}
{%- endmacro %}

{% macro default__json_items_are(value, kind) -%}
    {{ exceptions.raise_compiler_error('json_items_are is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_items_are(value, kind) -%}
    (
        json_type({{ value }}) = 'ARRAY'
        and len(list_filter(
            json_extract({{ value }}, '$[*]'), lambda item: {{ json_kind('item') }} != {{ kind }}
        )) = 0
    )
{%- endmacro %}

{% macro postgres__json_items_are(value, kind) -%}
    case when json_typeof({{ value }}) = 'array' then
        not exists (
            select 1 from json_array_elements({{ value }}) as items (item)
            where {{ json_kind('items.item') }} != {{ kind }}
        )
    else false end
{%- endmacro %}
