{#- Condition: the day in `column` is to be replaced. Always true where the model is built whole. -#}
{% macro in_changed_window(column) -%}
    {%- if not is_incremental() -%}
        true
    {%- else -%}
        {{ in_windows(column, changed_windows()) }}
    {%- endif -%}
{%- endmacro %}
