{#-
    No record of the stream breaks the rule. A warning, because records that do stay, listed in
    governance.rule_violations: the source's overall score decides whether anything is published.
    Its meta names the quality dimension and how severe a violation is.
-#}
{% test rule_holds(model, stream, rule) -%}
    {{ config(severity='warn') }}
    {%- if execute and rule not in rules_of(stream) -%}
        {{ exceptions.raise_compiler_error(
            "rule_holds: no contract and no model knows rule '" ~ rule ~ "' of " ~ stream
        ) }}
    {%- endif -%}
    select record_key
    from {{ model }}
    where
        stream = '{{ stream }}'
        and rule_name = '{{ rule }}'
{%- endtest %}
