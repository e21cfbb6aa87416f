{#-
    Aggregate: the latest day in `column` that is not after the last delivery. A later day comes
    from a wrong clock and counts only where there is no other.
-#}
{% macro last_known_day(column) -%}
    coalesce(
        max(
            case
                when {{ column }} <= (select last_day from {{ ref('last_delivery') }})
                    then {{ column }}
            end
        ),
        max({{ column }})
    )
{%- endmacro %}
