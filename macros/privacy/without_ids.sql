{#- A request path with uuids, numbers and mail addresses as `:id`, and without its query. -#}
{% macro without_ids(path) -%}
    regexp_replace(
        split_part({{ path }}, '?', 1),
        '/([0-9]+|[0-9a-fA-F-]{32,36}|[^/]*@[^/]*)', '/:id', 'g'
    )
{%- endmacro %}
