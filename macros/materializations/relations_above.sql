{#-
    Relations, as schema and name, whose days decide which days of a node can be built anew: the raw
    tables of a staging model, else every model above, however far, that is replaced by day.
-#}
{% macro relations_above(unique_id, found=none, seen=none) -%}
    {%- set found = found if found is not none else [] -%}
    {%- set seen = seen if seen is not none else [] -%}
    {%- for parent in graph.nodes[unique_id].depends_on.nodes if parent not in seen -%}
        {%- do seen.append(parent) -%}
        {%- if parent.startswith('source.') -%}
            {%- set stream = graph.sources[parent] -%}
            {%- if 'natural_key' in stream.config.meta -%}
                {%- do found.append('raw.' ~ stream.identifier) -%}
            {%- endif -%}
        {%- elif not is_staging(unique_id) -%}
            {%- set node = graph.nodes[parent] -%}
            {%- if node.config.get('window_column') -%}
                {%- do found.append(node.schema ~ '.' ~ node.alias) -%}
            {%- endif -%}
            {%- if not is_staging(parent) -%}
                {%- do relations_above(parent, found, seen) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
