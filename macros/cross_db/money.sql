{#-
    Dollars with up to twelve decimals, because millionths of a cent add up. A double holds 15
    digits, so amounts from 1,000 dollars on have six decimals. The outer cast is there because
    DuckDB gives a CASE the smaller of two scales.
-#}
{% macro money(column) -%}
    case
        when {{ column }} < 1000 then {{ to_decimal(column, 38, 12) }}
        else cast({{ to_decimal(column, 38, 6) }} as numeric(38, 12))
    end
{%- endmacro %}
