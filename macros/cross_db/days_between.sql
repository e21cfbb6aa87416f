{#- Days from one ISO date to another, as a number: known when the model compiles. -#}
{% macro days_between(first, last) -%}
    {%- set date = modules.datetime.date -%}
    {{ (date.fromisoformat(last) - date.fromisoformat(first)).days }}
{%- endmacro %}
