{#-
    A double as numeric(38,6), exact up to six decimals, also where millionths of it are no bigint: its
    whole part and its fraction apart.
-#}
{% macro exact_decimal(column) -%}
    cast(
        cast(cast(floor({{ column }}) as bigint) as numeric(38, 6))
        + {{ to_decimal('(' ~ column ~ ' - floor(' ~ column ~ '))', 18, 6) }}
        as numeric(38, 6)
    )
{%- endmacro %}
