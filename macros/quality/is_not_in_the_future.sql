{#-
    Condition: the event of a row is not after its delivery, with the tolerance the source states for
    clocks that differ; always true where it states none. `delivered_at` comes from latest_delivery.
-#}
{% macro is_not_in_the_future(stream) -%}
    {%- set meta = stream_node(stream).config.meta -%}
    {%- if meta.clock_tolerance_hours -%}
        {{ adapter.quote(meta.event_time) }}
        <= delivered_at + interval '{{ meta.clock_tolerance_hours }} hours'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
