{#- Free text with personal data and credentials replaced by placeholders. -#}
{% macro redact_pii(column) %}
    {{- return('granary.redact_pii(' ~ column ~ ')') -}}
{% endmacro %}
