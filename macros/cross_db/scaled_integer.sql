{#- A double times `factor`, rounded half up to a whole number: exact sums, equal on both engines. -#}
{% macro scaled_integer(column, factor) -%}
    cast(floor({{ column }} * {{ factor }} + 0.5) as bigint)
{%- endmacro %}
