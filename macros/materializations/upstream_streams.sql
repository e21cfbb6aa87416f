{#- Every source stream a node is built from, as unique ids, through any number of models. -#}
{% macro upstream_streams(unique_id, seen=none) -%}
    {%- set seen = seen if seen is not none else [] -%}
    {%- for parent in graph.nodes[unique_id].depends_on.nodes if parent not in seen -%}
        {%- do seen.append(parent) -%}
        {%- if not parent.startswith('source.') -%}
            {%- do upstream_streams(parent, seen) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(seen | select('in', graph.sources | list) | list) }}
{%- endmacro %}
