{#- Microseconds of a UTC timestamp since 1970, as bigint. -#}
{% macro epoch_microseconds(column) -%}
    {{ adapter.dispatch('epoch_microseconds')(column) }}
{%- endmacro %}

{% macro default__epoch_microseconds(column) -%}
    {{ exceptions.raise_compiler_error('epoch_microseconds is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__epoch_microseconds(column) -%}
    epoch_us({{ column }})
{%- endmacro %}

{% macro postgres__epoch_microseconds(column) -%}
    cast(extract(epoch from {{ column }}) * 1000000 as bigint)
{%- endmacro %}
