{#- Free text with the seven PII types replaced by placeholders. -#}
{% macro redact_pii(column) %}
    {{- return(adapter.dispatch('redact_pii')(column)) -}}
{% endmacro %}

{% macro default__redact_pii(column) %}
    {{- exceptions.raise_compiler_error('redact_pii is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{#- Inline: DuckDB runs the steps only on the few texts the prefilter lets through. -#}
{% macro duckdb__redact_pii(column) %}
    {%- set sql -%}
case when regexp_matches({{ column }}, '{{ pii_prefilter() }}')
    then {{ pii_steps(column) }}
    else {{ column }} end
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}

{#- A function: made once by create_redaction_functions, it keeps queries short. -#}
{% macro postgres__redact_pii(column) %}
    {{- return('granary.redact_pii(' ~ column ~ ')') -}}
{% endmacro %}
