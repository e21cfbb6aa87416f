-- Every rule of a contract has a test that names its dimension and severity.
{% set missing = [] -%}
{%- if execute -%}
    {%- set known = [] -%}
    {%- for test in rule_tests() -%}
        {%- do known.append(test.stream ~ '.' ~ test.rule) -%}
    {%- endfor -%}
    {%- for node in stream_nodes() -%}
        {%- for rule in node.config.meta.get('rules', []) -%}
            {%- set name = node.source_name ~ '.' ~ node.name ~ '.' ~ rule.name -%}
            {%- if name not in known -%}{%- do missing.append(name) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
select '' as rule_name
where false
{%- for name in missing %}
union all
select '{{ name }}' as rule_name
{%- endfor %}
