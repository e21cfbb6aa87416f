{#-
    First moment of the `unit` (minute, hour, week from Monday, month) that a UTC timestamp or a date
    lies in, as `data_type`. Bare, date_trunc makes a timestamp of a date, on PostgreSQL one of the
    session's zone.
-#}
{% macro start_of(unit, moment, data_type='date') -%}
    cast(date_trunc('{{ unit }}', cast({{ moment }} as timestamp)) as {{ data_type }})
{%- endmacro %}
