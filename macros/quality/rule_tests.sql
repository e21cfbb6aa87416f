{#- Every rule_holds test, as dicts of source, stream, rule, dimension, severity. None while parsing. -#}
{% macro rule_tests() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() | sort(attribute='unique_id')
            if node.resource_type == 'test' and node.test_metadata
            and node.test_metadata.name == 'rule_holds' -%}
            {%- set given = node.test_metadata.kwargs -%}
            {%- do found.append({
                'source': given.stream.split('.')[0],
                'stream': given.stream,
                'rule': given.rule,
                'dimension': node.config.meta.dimension,
                'severity': node.config.meta.severity,
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
