{#- A text, or the word that the unknown member has for one where it is missing. -#}
{% macro or_unknown(text) -%}
    coalesce({{ text }}, 'unknown')
{%- endmacro %}
