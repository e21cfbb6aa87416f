{#- A double times `factor`, rounded half up. Sums of whole numbers are equal on both engines. -#}
{% macro scaled_integer(column, factor) -%}
    cast(floor({{ column }} * {{ factor }} + 0.5) as bigint)
{%- endmacro %}
