{#-
    Condition: a tombstone speaks of this row, which is not a return after it. A row that was
    delivered after the tombstone came later, whatever its time says. For other rows the source's
    time decides. A row that was delivered before the tombstone may carry a local time, which is up
    to 14 hours ahead of UTC.
-#}
{% macro is_gone(written_at, landed_at, detected_at, noted_at) -%}
    case
        when {{ landed_at }} > {{ noted_at }} then false
        when {{ landed_at }} < {{ noted_at }}
        then {{ written_at }} <= {{ detected_at }} + interval '14 hours'
        else {{ written_at }} <= {{ detected_at }}
    end
{%- endmacro %}
