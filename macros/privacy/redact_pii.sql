{#- Free text with the seven PII types replaced by placeholders. -#}
{% macro redact_pii(column) %}
    {{- return(adapter.dispatch('redact_pii')(column)) -}}
{% endmacro %}

{% macro default__redact_pii(column) %}
    {{- exceptions.raise_compiler_error('redact_pii is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{#- Inline: the steps nest, and run only on the few texts the prefilter lets through. -#}
{% macro duckdb__redact_pii(column) %}
    {%- set sql = ["translate(" ~ column ~ ", '\ufdd0\ufdd1\ufdd2', '')"] -%}
    {%- for group in pii_patterns() -%}
        {%- for step in group.steps -%}
            {%- do sql.append(pii_step(sql[-1], step)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(
        "case when regexp_matches(" ~ column ~ ", '" ~ pii_prefilter() | replace("'", "''")
        ~ "')\n    then " ~ sql[-1] ~ "\n    else " ~ column ~ " end"
    ) -}}
{% endmacro %}

{#- A function: made once by create_redaction_functions, it keeps queries short. -#}
{% macro postgres__redact_pii(column) %}
    {{- return('granary.redact_pii(' ~ column ~ ')') -}}
{% endmacro %}
