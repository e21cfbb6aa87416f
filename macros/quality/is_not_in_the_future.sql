{#-
    Condition: the event of a row is not later than its delivery, plus the tolerance that the
    contract states for clocks that differ. Always true where it states none. `delivered_at` comes
    from latest_delivery.
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
