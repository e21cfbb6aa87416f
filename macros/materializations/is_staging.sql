{#- Whether a node is a staging model: one that reads raw rows. -#}
{% macro is_staging(unique_id) -%}
    {{ return(
        unique_id in graph.nodes
        and graph.nodes[unique_id].resource_type == 'model'
        and graph.nodes[unique_id].fqn[1] == 'staging'
    ) }}
{%- endmacro %}
