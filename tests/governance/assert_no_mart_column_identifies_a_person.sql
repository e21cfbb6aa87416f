-- No column of a mart has class identifier or free_text.
select '' as mart_column
where false
{%- for node in mart_nodes() -%}
    {%- for column in node.columns.values()
        if column.config.meta.get('class') in ('identifier', 'free_text') %}
union all
select '{{ node.name }}.{{ column.name }}' as mart_column
    {%- endfor -%}
{%- endfor %}
