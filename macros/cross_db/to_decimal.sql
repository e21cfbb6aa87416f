{#- A double as an exact decimal, rounded half up: alike on both engines, and so are its sums. -#}
{% macro to_decimal(column, precision, scale) -%}
    cast(
        {{ scaled_integer(column, 10 ** scale) }}
        * cast({{ '0.' ~ '0' * (scale - 1) ~ '1' }} as numeric({{ scale + 1 }}, {{ scale }}))
        as numeric({{ precision }}, {{ scale }})
    )
{%- endmacro %}
