{#- The smallest uuid of a group. -#}
{% macro first_uuid(column) -%}
    {{ adapter.dispatch('first_uuid')(column) }}
{%- endmacro %}

{% macro default__first_uuid(column) -%}
    {{ exceptions.raise_compiler_error('first_uuid is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__first_uuid(column) -%}
    min({{ column }})
{%- endmacro %}

{#- PostgreSQL has no min(uuid) before version 18. -#}
{% macro postgres__first_uuid(column) -%}
    cast(min(cast({{ column }} as text) collate "C") as uuid)
{%- endmacro %}
