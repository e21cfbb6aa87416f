{#- The nearest nodes above a node that are built by windows, as relation names. -#}
{% macro upstream_increments(unique_id) -%}
    {%- set found = [] -%}
    {%- for parent in graph.nodes[unique_id].depends_on.nodes
        if not parent.startswith('source.') -%}
        {%- set node = graph.nodes[parent] -%}
        {%- if is_built_by_windows(node) -%}
            {%- do found.append(node.schema ~ '.' ~ node.name) -%}
        {%- else -%}
            {%- do found.extend(upstream_increments(parent)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found | unique | list) }}
{%- endmacro %}
