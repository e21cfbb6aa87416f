{#-
    A double of dollars in all its decimals, twelve at most: millionths of a cent add up. A double knows
    15 digits, so from 1,000 dollars on it has six decimals. Of two scales DuckDB would take the smaller.
-#}
{% macro money(column) -%}
    case
        when {{ column }} < 1000 then {{ to_decimal(column, 38, 12) }}
        else cast({{ to_decimal(column, 38, 6) }} as numeric(38, 12))
    end
{%- endmacro %}
