{#-
    Condition: a changed day lies between the days of `started_at` and `ended_at`. For models whose
    grain is an entity that lives for a while, such as a session.
-#}
{% macro spans_changed_window(started_at, ended_at) -%}
    {%- set days = changed_windows() -%}
    {%- if not days -%}
        false
    {%- else -%}
        (
        {%- for day in days %}
            date '{{ day }}' between cast({{ started_at }} as date) and cast({{ ended_at }} as date)
            {{- ' or' if not loop.last }}
        {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}
