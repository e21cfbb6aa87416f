{#- Whether a node is a staging model: one that reads raw rows. -#}
{% macro is_staging(node) -%}
    {{ return(node.resource_type == 'model' and node.fqn[1] == 'staging') }}
{%- endmacro %}
