{#-
    The newest batch that the model in context may mark as processed, as SQL. It was loaded when the
    run started, and every model above that is built by windows has processed it.
-#}
{% macro window_upper_bound() -%}
    least(
        coalesce(
            (
                select upto_batch_id from governance.invocations
                where invocation_id = '{{ invocation_id }}'
            ),
            (select coalesce(max(batch_id), 0) from raw.window_changes)
        )
        {%- for relation in upstream_increments(model) %},
        (
            select coalesce(max(batch_id), 0) from governance.window_marks
            where relation = '{{ relation }}'
        )
        {%- endfor %}
    )
{%- endmacro %}
