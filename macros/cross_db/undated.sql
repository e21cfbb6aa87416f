{#- A versioned name without the date at its end: `-2026-01-31`, `-20260131` or `@20260131`. -#}
{% macro undated(name) -%}
    regexp_replace({{ name }}, '[-@]20[0-9][0-9]-?[01][0-9]-?[0-3][0-9]$', '')
{%- endmacro %}
