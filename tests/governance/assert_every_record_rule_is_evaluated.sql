-- Rules that compare records are evaluated: the source's `broken_records` names each.
{% set faults = [] -%}
{%- for node in stream_nodes() -%}
    {%- set name = 'int_' ~ node.source_name ~ '__broken_records' -%}
    {%- set evaluated = graph.nodes.get('model.' ~ project_name ~ '.' ~ name, {}).raw_code or '' -%}
    {%- for rule in node.config.meta.get('record_rules', [])
        if "'" ~ rule.name ~ "' as rule_name" not in evaluated -%}
        {%- do faults.append(
            node.source_name ~ '.' ~ node.name ~ '.' ~ rule.name ~ ' is not evaluated in ' ~ name
        ) -%}
    {%- endfor -%}
{%- endfor -%}
{{ report_faults(faults) }}
