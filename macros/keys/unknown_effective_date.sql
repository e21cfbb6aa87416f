{#- The unknown member is valid from before any record on. -#}
{% macro unknown_effective_date() -%}
    date '1900-01-01'
{%- endmacro %}
