{#-
    Median of exact numbers, divided by `divisor`, as double. It is half the sum of the middle value
    from below and the middle value from above. That sum is exact, so both engines agree.
-#}
{% macro median(column, divisor=1) -%}
    {{ ratio(
        '(percentile_disc(0.5) within group (order by ' ~ column ~ ')'
        ~ ' + percentile_disc(0.5) within group (order by ' ~ column ~ ' desc nulls last))',
        2 * divisor
    ) }}
{%- endmacro %}
