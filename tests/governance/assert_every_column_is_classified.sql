-- Every column of every model, seed and source has a class out of the list, a type and a
-- description; every table has a description and columns.
{% set classes = [
    'identifier', 'pseudonym', 'behavioural', 'operational', 'business', 'free_text'
] %}
{%- set faults = [] -%}
{%- if execute -%}
    {%- set described = ('model', 'seed', 'snapshot') -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'in', described) | list
        + graph.sources.values() | list -%}
        {%- if not node.columns or not node.description -%}
            {%- do faults.append(node.unique_id ~ ' has no columns or no description') -%}
        {%- endif -%}
        {%- for column in node.columns.values()
            if column.config.meta.get('class') not in classes
            or not column.data_type or not column.description -%}
            {%- do faults.append(
                node.unique_id ~ '.' ~ column.name ~ ' lacks a class, a type or a description'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ report_faults(faults) }}
