{#-
    A JSON object with the values of a patch, and without the keys that are null there, as text. It
    is the JSON Merge Patch of RFC 7396, one level deep.
-#}
{% macro json_patched(column, patch) -%}
    {{ adapter.dispatch('json_patched')(column, patch) }}
{%- endmacro %}

{% macro default__json_patched(column, patch) -%}
    {{ exceptions.raise_compiler_error('json_patched is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_patched(column, patch) -%}
    cast(
        case when {{ patch }} is null then {{ column }}
        else json_merge_patch({{ column }}, {{ patch }}) end
        as varchar
    )
{%- endmacro %}

{% macro postgres__json_patched(column, patch) -%}
    cast(
        case when {{ patch }} is null then {{ column }}
        else (
            select coalesce(json_object_agg(pairs.key, coalesce(changes.value, pairs.value)), '{}')
            from json_each({{ column }}) as pairs (key, value)
            left join json_each({{ patch }}) as changes (key, value) on pairs.key = changes.key
            where changes.value is null or json_typeof(changes.value) != 'null'
        ) end
        as varchar
    )
{%- endmacro %}
