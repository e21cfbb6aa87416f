{#-
    Condition on the rows a generic test has to read: those this run has replaced. None where the
    model was built whole, or not in this run.
-#}
{% macro tested_windows(relation) -%}
    {%- set node = graph.nodes.get(model.attached_node) if execute and model.attached_node -%}
    {%- if not node or node.config.incremental_strategy != 'window_replace'
        or node.config.materialized != 'incremental' or node.alias != relation.identifier
        or flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set marks = run_query(
        "select batch_id, invocation_id from governance.window_marks where relation = '"
        ~ node.schema ~ '.' ~ node.alias ~ "' order by marked_at desc limit 2"
    ).rows -%}
    {%- if marks | length < 2 or marks[0][1] != invocation_id -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set days = windows_between(node, marks[1][0], marks[0][0]) -%}
    {%- set span = node.config.get('window_span') -%}
    {{ return(
        spans_windows(span[0], span[1], days) if span
        else in_windows(node.config.window_column, days)
    ) }}
{%- endmacro %}
