{#-
    Condition: the day in `column` is to be replaced, or lies up to `lookback` days before one that
    is. Always true where the model is built whole.
-#}
{% macro in_changed_window(column, lookback=0) -%}
    {%- if not replaces_windows() -%}
        true
    {%- else -%}
        {{ in_windows(column, days_and_before(changed_windows(), lookback)) }}
    {%- endif -%}
{%- endmacro %}
