{#- SQL that creates the partitions new rows need, where the model in context is partitioned. -#}
{% macro make_room(source) -%}
    {{ adapter.dispatch('make_room')(source) }}
{%- endmacro %}

{% macro default__make_room(source) -%}
    {{ exceptions.raise_compiler_error('make_room is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__make_room(source) -%}{%- endmacro %}

{% macro postgres__make_room(source) -%}
    {%- set column = config.get('partition_by_month') -%}
    {%- if column -%}{{ create_month_partitions(this, source, column) }};{%- endif -%}
{%- endmacro %}
