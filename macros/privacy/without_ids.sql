{#-
    A request path without its query, with `:id` in place of every segment that begins with a digit,
    holds two digits or an at sign. The pattern takes each segment whole, so it does not matter in
    which order an engine tries alternatives.
-#}
{% macro without_ids(path) -%}
    regexp_replace(
        split_part({{ path }}, '?', 1),
        '/([0-9][^/]*|[^/]*[0-9][^/]*[0-9][^/]*|[^/]*@[^/]*)', '/:id', 'g'
    )
{%- endmacro %}
