{#- Key of dim_time: the UTC time of day as the number hhmm. -#}
{% macro time_key(column) -%}
    cast(extract(hour from {{ column }}) * 100 + extract(minute from {{ column }}) as integer)
{%- endmacro %}
