{#-
    Notes that a run began, as which in turn, and which batches it may count as built in. What came
    after what is told by the number, which clocks that go back cannot change.
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
