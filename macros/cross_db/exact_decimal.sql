{#-
    A double as numeric(38,6). The whole part and the fraction are converted apart, because
    millionths of a large number exceed bigint.
-#}
{% macro exact_decimal(column) -%}
    cast(
        cast(cast(floor({{ column }}) as bigint) as numeric(38, 6))
        + {{ to_decimal('(' ~ column ~ ' - floor(' ~ column ~ '))', 18, 6) }}
        as numeric(38, 6)
    )
{%- endmacro %}
