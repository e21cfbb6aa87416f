{#-
    Whether rows of a staging model may move from one day to another. They may where the natural key
    leaves out the event's time, because the source may then correct it.
-#}
{% macro moves_between_days(node) -%}
    {%- set stream = stream_above(node) -%}
    {{ return(
        stream is not none
        and stream.config.meta.event_time not in stream.config.meta.natural_key
    ) }}
{%- endmacro %}
