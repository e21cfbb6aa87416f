{#- The contract of a stream given as 'source.stream'. Empty while dbt parses. -#}
{% macro stream_node(stream) -%}
    {%- if not execute -%}{{ return({'config': {'meta': {'natural_key': []}}, 'columns': {}}) }}{%- endif -%}
    {%- set found = [] -%}
    {%- for node in graph.sources.values() if node.source_name ~ '.' ~ node.name == stream -%}
        {%- do found.append(node) -%}
    {%- endfor -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error("no contract describes stream '" ~ stream ~ "'") }}
    {%- endif -%}
    {{ return(found[0]) }}
{%- endmacro %}
