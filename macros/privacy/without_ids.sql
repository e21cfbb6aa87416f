{#-
    A request path without its query, ids as `:id`: segments that begin with a digit, hold two, or an
    at sign. Each is taken whole, whichever way an engine tries alternatives.
-#}
{% macro without_ids(path) -%}
    regexp_replace(
        split_part({{ path }}, '?', 1),
        '/([0-9][^/]*|[^/]*[0-9][^/]*[0-9][^/]*|[^/]*@[^/]*)', '/:id', 'g'
    )
{%- endmacro %}
