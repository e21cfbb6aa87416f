{#- Condition: the day in `column` is one of `days`. With literals, engines can skip blocks. -#}
{% macro in_windows(column, days) -%}
    {%- if days -%}
        {{ column }} in (
        {%- for day in days -%} date '{{ day }}'{{ ', ' if not loop.last }}{%- endfor -%}
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
