{#- Condition: the day in `column` is one of `days` (ISO texts). Literals let engines skip blocks. -#}
{% macro in_windows(column, days) -%}
    {%- if days -%}
        {{ column }} in (
        {%- for day in days -%} date '{{ day }}'{{ ', ' if not loop.last }}{%- endfor -%}
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
