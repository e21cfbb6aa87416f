{#- Free text with the seven PII types replaced by placeholders. -#}
{% macro redact_pii(column) %}
    {{- return('granary.redact_pii(' ~ column ~ ')') -}}
{% endmacro %}
