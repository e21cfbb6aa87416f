{#- The nearest window_replace models above a node, as relation names. -#}
{% macro upstream_increments(unique_id) -%}
    {%- set found = [] -%}
    {%- for parent in graph.nodes[unique_id].depends_on.nodes if parent in graph.nodes -%}
        {%- set node = graph.nodes[parent] -%}
        {%- if node.config.incremental_strategy == 'window_replace'
            and node.config.materialized == 'incremental' -%}
            {%- do found.append(node.schema ~ '.' ~ node.name) -%}
        {%- else -%}
            {%- do found.extend(upstream_increments(parent)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found | unique | list) }}
{%- endmacro %}
