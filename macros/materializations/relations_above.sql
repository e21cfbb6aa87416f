{#-
    Relations, as schema and name, whose days decide which days of a node can be built anew: the raw
    tables of a staging model, else every model above, however far, that is replaced by day.
-#}
{% macro relations_above(unique_id) -%}
    {%- set found = [] -%}
    {%- for parent in graph.nodes[unique_id].depends_on.nodes -%}
        {%- if parent in graph.sources and 'natural_key' in graph.sources[parent].config.meta -%}
            {%- do found.append('raw.' ~ graph.sources[parent].identifier) -%}
        {%- elif parent in graph.nodes and not is_staging(unique_id) -%}
            {%- if graph.nodes[parent].config.get('window_column') -%}
                {%- do found.append(graph.nodes[parent].schema ~ '.' ~ graph.nodes[parent].alias) -%}
            {%- endif -%}
            {%- if not is_staging(parent) -%}
                {%- do found.extend(relations_above(parent)) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found | unique | list) }}
{%- endmacro %}
