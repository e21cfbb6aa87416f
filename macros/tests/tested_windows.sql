{#- Condition on the rows of a model that a test has to read; none where it has to read all. -#}
{% macro tested_windows(node) -%}
    {%- set days = tested_days(node) -%}
    {%- if days is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set span = node.config.get('window_span') -%}
    {%- if span -%}{{ return(spans_windows(span[0], span[1], days)) }}{%- endif -%}
    {%- if node.config.get('window_column') -%}
        {{ return(in_windows(node.config.window_column, days)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
