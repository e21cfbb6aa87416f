{#- Key of the unknown member of a dimension: where a fact's own key leads nowhere. -#}
{% macro unknown_key() -%}
    cast('00000000-0000-0000-0000-000000000000' as uuid)
{%- endmacro %}
