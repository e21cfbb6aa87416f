{#- How often one whole number goes into another, as bigint; neither is below zero. -#}
{% macro whole_quotient(numerator, denominator) -%}
    {{ adapter.dispatch('whole_quotient')(numerator, denominator) }}
{%- endmacro %}

{% macro default__whole_quotient(numerator, denominator) -%}
    {{ exceptions.raise_compiler_error('whole_quotient is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(numerator, denominator) -%}
    cast({{ numerator }} as bigint) // cast({{ denominator }} as bigint)
{%- endmacro %}

{#- PostgreSQL divides whole numbers to a whole number. -#}
{% macro postgres__whole_quotient(numerator, denominator) -%}
    cast({{ numerator }} as bigint) / cast({{ denominator }} as bigint)
{%- endmacro %}
