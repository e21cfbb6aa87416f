{#- Condition: one of `days` lies between the days of `started_at` and `ended_at`. -#}
{% macro spans_windows(started_at, ended_at, days) -%}
    {%- if days -%}
        (
        {%- for day in days %}
            date '{{ day }}' between cast({{ started_at }} as date) and cast({{ ended_at }} as date)
            {{- ' or' if not loop.last }}
        {%- endfor %}
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
