{#-
    Relations whose days decide which days of a node can be built anew: the raw tables of a staging
    model, or else every model above, at any distance, that is replaced by day. Reading `graph`
    copies a whole node, so each node above is read once.
-#}
{% macro relations_above(node, found=none, seen=none) -%}
    {%- set found = found if found is not none else [] -%}
    {%- set seen = seen if seen is not none else [] -%}
    {%- for parent in node.depends_on.nodes if parent not in seen -%}
        {%- do seen.append(parent) -%}
        {%- if parent.startswith('source.') -%}
            {%- set stream = graph.sources[parent] -%}
            {%- if 'natural_key' in stream.config.meta -%}
                {%- do found.append('raw.' ~ stream.identifier) -%}
            {%- endif -%}
        {%- elif not is_staging(node) -%}
            {%- set above = graph.nodes[parent] -%}
            {%- if above.config.get('window_column') -%}
                {%- do found.append(above.schema ~ '.' ~ above.alias) -%}
            {%- endif -%}
            {%- if not is_staging(above) -%}
                {%- do relations_above(above, found, seen) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
