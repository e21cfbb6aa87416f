-- No row says that it was written after it was found gone, unless it came back since: a time that
-- lacks its zone, or a wrong clock. Warns only, because the order of delivery has decided.
{{ config(severity='warn') }}

{% for relation, table_name, entity in [
    ('stg_prism__documents', 'documents', 'document_id'),
    ('stg_prism__organizations', 'organizations', 'organization_id'),
    ('stg_prism__users', 'users', 'user_key'),
] %}
    {{ 'union all' if not loop.first }}
    select
        deletions.table_name,
        deletions.entity_key,
        written.updated_at,
        deletions.detected_at
    from {{ ref(relation) }} as written
    inner join {{ ref('stg_prism__deletions') }} as deletions
        on written.{{ entity }} = deletions.entity_key
    where
        deletions.table_name = '{{ table_name }}'
        and written.updated_at > deletions.detected_at
        and {{ is_gone(
            'written.updated_at', 'written.landed_at',
            'deletions.detected_at', 'deletions.landed_at'
        ) }}
{%- endfor %}
