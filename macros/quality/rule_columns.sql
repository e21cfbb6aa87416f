{#- Columns that a rule is about: where it is broken, staging reads them as missing. -#}
{% macro rule_columns(rule) -%}
    {%- if 'about' in rule -%}{{ return(rule.about) }}{%- endif -%}
    {%- set bare = modules.re.sub("'[^']*'", '', rule.holds) -%}
    {{ return(modules.re.findall('[a-z_][a-z0-9_]*', bare)) }}
{%- endmacro %}
