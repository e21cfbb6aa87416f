{#-
    Days of a window_replace model that a test has to read: what increments have replaced since the
    test last passed. None, which means all, where the model was built whole since, or was not built
    in this run.
-#}
{% macro tested_days(node) -%}
    {%- if not execute or flags.WHICH != 'build' or node.config.materialized != 'incremental'
        or node.config.incremental_strategy != 'window_replace' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if not adapter.get_relation(target.database, 'governance', 'window_marks') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set passed -%}
        (
            select max(invocation_number)
            from governance.node_results join governance.invocations using (invocation_id)
            where unique_id = '{{ model.unique_id }}' and status = 'pass'
        )
    {%- endset -%}
    {%- set marks = run_query(
        "select max(case when invocation_number <= " ~ passed ~ " then batch_id end),"
        ~ " max(batch_id),"
        ~ " max(case when invocation_id = '" ~ invocation_id ~ "' then 1 else 0 end),"
        ~ " max(case when is_whole and invocation_number > " ~ passed ~ " then 1 else 0 end)"
        ~ " from governance.window_marks join governance.invocations using (invocation_id)"
        ~ " where relation = '" ~ node.schema ~ "." ~ node.alias ~ "'"
    ).rows[0] -%}
    {%- if marks[0] is none or marks[2] == 0 or marks[3] == 1 -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(windows_between(node, marks[0], marks[1])) }}
{%- endmacro %}
