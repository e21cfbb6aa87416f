{#-
    First moment of the `unit` (minute, hour, week from Monday, month) in which a moment lies. On
    its own, date_trunc turns a date into a timestamp, and on PostgreSQL into one with the session's
    time zone.
-#}
{% macro start_of(unit, moment, data_type='date') -%}
    cast(date_trunc('{{ unit }}', cast({{ moment }} as timestamp)) as {{ data_type }})
{%- endmacro %}
