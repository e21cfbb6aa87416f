{#-
    The fields of a JSON object, as a list of texts `<type>:<name>`; a name that it has twice is there
    twice. A NUL character in a name, which PostgreSQL cannot hold, reads as a space.
-#}
{% macro json_fields(column) -%}
    {{ adapter.dispatch('json_fields')(column) }}
{%- endmacro %}

{% macro default__json_fields(column) -%}
    {{ exceptions.raise_compiler_error('json_fields is not written for ' ~ target.type) }}
{%- endmacro %}

{#- Types of all fields at once: a path a field would read the document anew for each. -#}
{% macro duckdb__json_fields(column) -%}
    list_transform(
        list_zip(json_type({{ column }}, '$.*'), json_keys({{ column }})),
        lambda field: case field[1]
            when 'VARCHAR' then 'string'
            when 'OBJECT' then 'object'
            when 'ARRAY' then 'array'
            when 'BOOLEAN' then 'boolean'
            when 'NULL' then 'null'
            else 'number'
        end || ':' || replace(field[2], chr(0), ' ')
    )
{%- endmacro %}

{% macro postgres__json_fields(column) -%}
    granary.json_fields({{ column }})
{%- endmacro %}
