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
    {%- set rows = run_query(
        "select distinct cast(window_date as varchar) from raw.window_changes"
        ~ " where (source, stream) in (" ~ streams | join(', ') ~ ")"
        ~ " and batch_id > " ~ lower ~ " and batch_id <= " ~ upper
    ).rows -%}
    {%- set days = {} -%}
    {%- set before = node.config.get('window_days_before', 0) -%}
    {%- set after = node.config.get('window_days_after', 0) -%}
    {%- for row in rows -%}
        {%- set day = modules.datetime.date.fromisoformat(row[0]) -%}
        {%- for shift in range(-before, after + 1) -%}
            {%- do days.update({(day + modules.datetime.timedelta(days=shift)).isoformat(): 1}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(days.keys() | sort) }}
{%- endmacro %}
