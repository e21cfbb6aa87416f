{#- The contract of a stream, given as 'source.stream'. It is empty while dbt parses. -#}
{% macro stream_node(stream) -%}
    {%- if not execute -%}{{ return({'config': {'meta': {'natural_key': []}}, 'columns': {}}) }}{%- endif -%}
    {%- set unique_id = 'source.' ~ project_name ~ '.' ~ stream -%}
    {%- if unique_id not in (graph.sources | list) -%}
        {{ exceptions.raise_compiler_error("no contract describes stream '" ~ stream ~ "'") }}
    {%- endif -%}
    {{ return(graph.sources[unique_id]) }}
{%- endmacro %}
