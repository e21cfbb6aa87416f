{#-
    SQL for the last batch this run may count as built in: what was loaded when the run started, and
    no more than every window_replace model above has built in already.
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
