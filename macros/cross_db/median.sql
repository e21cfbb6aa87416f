{#-
    Median of exact numbers by `divisor`, as double: the mean of the two middle values where their number
    is even. The middle from below and the middle from above add up exactly, so both engines agree.
-#}
{% macro median(column, divisor=1) -%}
    {{ ratio(
        '(percentile_disc(0.5) within group (order by ' ~ column ~ ')'
        ~ ' + percentile_disc(0.5) within group (order by ' ~ column ~ ' desc nulls last))',
        2 * divisor
    ) }}
{%- endmacro %}
