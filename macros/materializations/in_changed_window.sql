{#-
    Condition: the day in `column` is to be replaced in this run, or lies up to `lookback` days
    before such a day or `lookahead` days after one. Always true where the model is built whole.
-#}
{% macro in_changed_window(column, lookback=0, lookahead=0) -%}
    {%- if not replaces_windows() -%}
        true
    {%- else -%}
        {{ in_windows(column, days_around(changed_windows(), lookback, lookahead)) }}
    {%- endif -%}
{%- endmacro %}
