{#-
    Whether a node is a staging model: one that reads raw rows. Each look into `graph` copies a whole
    node, so the name is asked first, here and where nodes above are followed.
-#}
{% macro is_staging(unique_id) -%}
    {{ return(
        unique_id.startswith('model.') and graph.nodes[unique_id].fqn[1] == 'staging'
    ) }}
{%- endmacro %}
