{#- Seconds from one UTC timestamp to another, exact to the microsecond. Null where one is null. -#}
{% macro seconds_between(started_at, ended_at) -%}
    cast(
        ({{ epoch_microseconds(ended_at) }} - {{ epoch_microseconds(started_at) }})
        * cast(0.000001 as numeric(7, 6))
        as numeric(18, 6)
    )
{%- endmacro %}
