{#-
    Condition: a changed day lies between the days of `started_at` and `ended_at`, both included.
    For models whose grain is an entity that lives for a while, such as a session.
-#}
{% macro spans_changed_window(started_at, ended_at) -%}
    {{ spans_windows(started_at, ended_at, changed_windows()) }}
{%- endmacro %}
