{#-
    Whether rows of a staging model may move from day to day: the time that gives the day is not in
    their natural key, so the source may correct it.
-#}
{% macro moves_between_days(node) -%}
    {%- set stream = stream_above(node) -%}
    {{ return(
        stream is not none
        and stream.config.meta.event_time not in stream.config.meta.natural_key
    ) }}
{%- endmacro %}
