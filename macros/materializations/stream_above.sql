{#- The stream a staging model is made of, as the source node that is its contract; none elsewhere. -#}
{% macro stream_above(node) -%}
    {%- for parent in node.depends_on.nodes if parent.startswith('source.') -%}
        {%- set stream = graph.sources[parent] -%}
        {%- if 'natural_key' in stream.config.meta -%}{{ return(stream) }}{%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
