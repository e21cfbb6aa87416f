{#- Every stream with a contract, as source nodes in order of their ids. Empty while dbt parses. -#}
{% macro stream_nodes() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() | sort(attribute='unique_id')
            if 'natural_key' in node.config.meta -%}
            {%- do found.append(node) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
