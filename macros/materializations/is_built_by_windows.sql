{#- Whether a node reads changed windows alone: a window_replace model or a snapshot. -#}
{% macro is_built_by_windows(node) -%}
    {{ return(
        node.resource_type == 'snapshot'
        or (node.config.incremental_strategy == 'window_replace'
            and node.config.materialized == 'incremental')
    ) }}
{%- endmacro %}
