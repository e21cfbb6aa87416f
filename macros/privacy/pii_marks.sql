{#- Noncharacters, which Unicode keeps for a program's own use: redaction marks places of a text with them. -#}
{% macro pii_marks() %}
    {{- return('\ufdd0\ufdd1\ufdd2\ufdd3') -}}
{% endmacro %}
