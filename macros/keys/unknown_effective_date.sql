{#- The unknown member is valid on every day. -#}
{% macro unknown_effective_date() -%}
    date '1900-01-01'
{%- endmacro %}
