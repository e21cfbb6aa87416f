{#- A double as an exact decimal, rounded half up, so that sums are equal on both engines. -#}
{% macro to_decimal(column, precision, scale) -%}
    cast(
        {{ scaled_integer(column, 10 ** scale) }}
        * cast({{ '0.' ~ '0' * (scale - 1) ~ '1' }} as numeric({{ scale + 1 }}, {{ scale }}))
        as numeric({{ precision }}, {{ scale }})
    )
{%- endmacro %}
