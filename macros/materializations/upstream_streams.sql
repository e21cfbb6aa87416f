{#- Unique ids of every source a node is built from, through any number of models. -#}
{% macro upstream_streams(node, seen=none) -%}
    {%- set seen = seen if seen is not none else [] -%}
    {%- for parent in node.depends_on.nodes if parent not in seen -%}
        {%- do seen.append(parent) -%}
        {%- if not parent.startswith('source.') -%}
            {%- do upstream_streams(graph.nodes[parent], seen) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(seen | select('in', graph.sources | list) | list) }}
{%- endmacro %}
