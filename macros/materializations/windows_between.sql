{#-
    Days, as sorted ISO texts, that batches after `lower` and up to `upper` touched in the streams a
    model is built from. The configs window_days_before and window_days_after widen them.
-#}
{% macro windows_between(node, lower, upper) -%}
    {%- set streams = [] -%}
    {%- for unique_id in upstream_streams(node) -%}
        {%- set stream = graph.sources[unique_id] -%}
        {%- do streams.append("('" ~ stream.source_name ~ "', '" ~ stream.name ~ "')") -%}
    {%- endfor -%}
    {%- set touched = run_query(
        "select distinct cast(window_date as varchar) from raw.window_changes"
        ~ " where (source, stream) in (" ~ streams | join(', ') ~ ")"
        ~ " and batch_id > " ~ lower ~ " and batch_id <= " ~ upper
    ) -%}
    {{ return(days_around(
        touched.columns[0].values(),
        node.config.get('window_days_before', 0),
        node.config.get('window_days_after', 0),
    )) }}
{%- endmacro %}
