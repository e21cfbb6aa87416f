{#- Key of a dimension's unknown member, used where a fact's own key finds nothing. -#}
{% macro unknown_key() -%}
    cast('00000000-0000-0000-0000-000000000000' as uuid)
{%- endmacro %}
