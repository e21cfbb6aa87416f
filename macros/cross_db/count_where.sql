{#- Rows of a group for which a condition holds. SUM instead of COUNT gives null for no rows. -#}
{% macro count_where(condition) -%}
    cast(sum(case when {{ condition }} then 1 else 0 end) as bigint)
{%- endmacro %}
