{#- In no row is the column's value greater than that of another column. Missing values pass. -#}
{% test not_above(model, column_name, other) -%}
    select {{ column_name }}
    from {{ model }}
    where {{ column_name }} > {{ other }}
{%- endtest %}
