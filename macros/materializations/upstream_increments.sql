{#- The nearest nodes above a node that are built by windows, as schema.table. -#}
{% macro upstream_increments(node) -%}
    {%- set found = [] -%}
    {%- for parent in node.depends_on.nodes if not parent.startswith('source.') -%}
        {%- set above = graph.nodes[parent] -%}
        {%- if is_built_by_windows(above) -%}
            {%- do found.append(above.schema ~ '.' ~ above.name) -%}
        {%- else -%}
            {%- do found.extend(upstream_increments(above)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found | unique | list) }}
{%- endmacro %}
