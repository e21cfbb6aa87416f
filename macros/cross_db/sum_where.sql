{#- Sum of a whole number over the rows of a group for which a condition holds, as bigint. -#}
{% macro sum_where(number, condition) -%}
    cast(sum(case when {{ condition }} then {{ number }} else 0 end) as bigint)
{%- endmacro %}
