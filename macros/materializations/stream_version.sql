{#- The column by which the contract of a staging model's stream tells a record's latest state. -#}
{% macro stream_version(node) -%}
    {%- for parent in node.depends_on.nodes if parent.startswith('source.') -%}
        {{ return(graph.sources[parent].config.meta.get('version')) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
