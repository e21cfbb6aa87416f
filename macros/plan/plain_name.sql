{#-
    A name that an application invented, unless it may hold more than a name: then a placeholder.
    orchestration/plan/judge.py says the same in Python.
-#}
{% macro plain_name(column) -%}
    case
        when
            {{ column }} != ''
            and regexp_replace({{ column }}, '^[A-Za-z][A-Za-z0-9_.-]{0,39}$', '') = ''
            and length({{ column }}) - length(translate({{ column }}, '0123456789', '')) <= 6
            then {{ column }}
        else '[REDACTED]'
    end
{%- endmacro %}
