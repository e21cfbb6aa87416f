{#-
    Condition: a row is what a tombstone found gone, and not a return of it. What was delivered later
    came later, whatever times say. Else the source's time decides; a row delivered before the
    tombstone may bear a time of a zone that is up to 14 hours ahead.
-#}
{% macro is_gone(written_at, landed_at, detected_at, noted_at) -%}
    case
        when {{ landed_at }} > {{ noted_at }} then false
        when {{ landed_at }} < {{ noted_at }}
        then {{ written_at }} <= {{ detected_at }} + interval '14 hours'
        else {{ written_at }} <= {{ detected_at }}
    end
{%- endmacro %}
