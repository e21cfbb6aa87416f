{#- Columns that are missing in every measure where a rule of a contract is broken. -#}
{% macro rule_columns(rule) -%}
    {%- if 'about' in rule -%}{{ return(rule.about) }}{%- endif -%}
    {%- set bare = modules.re.sub("'[^']*'", '', rule.holds) -%}
    {{ return(modules.re.findall('[a-z_][a-z0-9_]*', bare)) }}
{%- endmacro %}
