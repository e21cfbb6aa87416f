{#- Notes that a run began and which batches it may count as built in. -#}
{% macro start_invocation() -%}
    insert into governance.invocations
        (invocation_id, command, upto_batch_id, started_at)
    select
        '{{ invocation_id }}',
        '{{ flags.WHICH }}',
        coalesce(max(batch_id), 0),
        {{ utc_now() }}
    from raw.window_changes
{%- endmacro %}
