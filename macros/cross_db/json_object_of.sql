{#-
    Aggregate. A JSON object of the pairs for which a condition holds; null where there is none. A
    value is JSON, or null.
-#}
{% macro json_object_of(key, value, condition) -%}
    {{ adapter.dispatch('json_object_of')(key, value, condition) }}
{%- endmacro %}

{% macro default__json_object_of(key, value, condition) -%}
    {{ exceptions.raise_compiler_error('json_object_of is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_object_of(key, value, condition) -%}
    to_json(map_from_entries(
        list({'key': {{ key }}, 'value': {{ value }}}) filter (where {{ condition }})
    ))
{%- endmacro %}

{% macro postgres__json_object_of(key, value, condition) -%}
    json_object_agg({{ key }}, {{ value }}) filter (where {{ condition }})
{%- endmacro %}
