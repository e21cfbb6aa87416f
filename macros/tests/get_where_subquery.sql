{#-
    What a generic test of a model reads. After an increment that is the days this run has replaced,
    so that testing costs what changed; `dbt test` on its own reads everything.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where'), tested_windows(relation)] | select | list -%}
    {%- if conditions -%}
        {{ return(
            '(select * from ' ~ relation ~ ' where (' ~ conditions | join(') and (')
            ~ ')) as dbt_subquery'
        ) }}
    {%- else -%}
        {{ return(relation) }}
    {%- endif -%}
{%- endmacro %}
