{#- A column, or null where its value lies outside what the contract calls possible. -#}
{% macro if_possible(stream, column) -%}
    case when {{ is_possible(stream, column) }} then {{ column }} end
{%- endmacro %}
