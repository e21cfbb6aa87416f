{#-
    Records that a run began, its number, and the newest batch it may mark as processed. The number
    tells the order of runs, because a clock may go back.
-#}
{% macro start_invocation() -%}
    insert into governance.invocations
        (invocation_id, command, upto_batch_id, started_at, invocation_number)
    select
        '{{ invocation_id }}',
        '{{ flags.WHICH }}',
        coalesce(max(batch_id), 0),
        {{ utc_now() }},
        (select coalesce(max(invocation_number), 0) + 1 from governance.invocations)
    from raw.window_changes
{%- endmacro %}
