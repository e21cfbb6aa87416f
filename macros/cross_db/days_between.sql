{#- Days from one ISO date to another, computed when the model compiles. -#}
{% macro days_between(first, last) -%}
    {%- set date = modules.datetime.date -%}
    {{ (date.fromisoformat(last) - date.fromisoformat(first)).days }}
{%- endmacro %}
