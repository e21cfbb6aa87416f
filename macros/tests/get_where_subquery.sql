{#-
    What a generic test of a model reads. After an increment that is what was replaced, so that
    testing costs what changed; `dbt test` on its own reads everything.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] -%}
    {%- set node = graph.nodes.get(model.attached_node) if execute and model.attached_node -%}
    {%- if node and node.alias == relation.identifier -%}
        {%- do conditions.append(tested_windows(node)) -%}
    {%- endif -%}
    {%- set conditions = conditions | select | list -%}
    {%- if conditions -%}
        {{ return(
            '(select * from ' ~ relation ~ ' where (' ~ conditions | join(') and (')
            ~ ')) as dbt_subquery'
        ) }}
    {%- else -%}
        {{ return(relation) }}
    {%- endif -%}
{%- endmacro %}
