{#- The source node of the stream that a staging model reads; none for other nodes. -#}
{% macro stream_above(node) -%}
    {%- for parent in node.depends_on.nodes if parent.startswith('source.') -%}
        {%- set stream = graph.sources[parent] -%}
        {%- if 'natural_key' in stream.config.meta -%}{{ return(stream) }}{%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
