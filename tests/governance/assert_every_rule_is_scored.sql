-- Every rule of a scored contract has a test that names its dimension and severity.
{% set known = [] -%}
{%- for test in rule_tests() -%}
    {%- do known.append(test.stream ~ '.' ~ test.rule) -%}
{%- endfor -%}
select '' as rule_name
where false
{%- if execute -%}
{%- for node in stream_nodes() if node.config.meta.get('rules') -%}
    {%- set stream = node.source_name ~ '.' ~ node.name -%}
    {%- for rule in node.config.meta.rules if stream ~ '.' ~ rule.name not in known %}
union all
select '{{ stream }}.{{ rule.name }}' as rule_name
    {%- endfor -%}
{%- endfor -%}
{%- endif %}
