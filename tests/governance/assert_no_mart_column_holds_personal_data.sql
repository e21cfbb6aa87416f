-- Redacting a mart's texts once more changes nothing: no personal data is left in them.
{% do models_of('marts') -%}
with held as materialized (

    select
        '' as mart_column,
        '' as content
    where false
    {% for node in mart_nodes() -%}
        {%- for column in node.columns.values() if column.data_type == 'varchar' %}
            union all
            select distinct
                '{{ node.name }}.{{ column.name }}' as mart_column,
                {{ adapter.quote(column.name) }} as content
            from {{ node.relation_name }}
        {%- endfor -%}
    {%- endfor %}

),

redacted as materialized (

    select
        mart_column,
        content,
        {{ redact_pii('content') }} as redacted_content
    from held

)

select
    mart_column,
    count(*) as value_count
from redacted
where redacted_content is distinct from content
group by mart_column
