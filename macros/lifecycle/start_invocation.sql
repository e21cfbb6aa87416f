{#-
    Records that a run began, its number, what it is made of, and the newest batch it may mark as
    processed. Runs are ordered by their number, because a clock may go back.

    A build of a part of the project stops at the batch it was planned for. What it leaves out is
    built from no stream that changed until then, and so counts as processed, too: models below it
    would wait for its mark otherwise.
-#}
{% macro start_invocation() -%}
    {%- set planned = planned_build() -%}
    insert into governance.invocations
        (invocation_id, command, upto_batch_id, started_at, invocation_number, made_of)
    select
        '{{ invocation_id }}',
        '{{ flags.WHICH }}',
        {% if planned.is_part -%}
        least(coalesce(max(batch_id), 0), {{ planned.batch }}),
        {%- else -%}
        coalesce(max(batch_id), 0),
        {%- endif %}
        {{ utc_now() }},
        (select coalesce(max(invocation_number), 0) + 1 from governance.invocations),
        {{ "'" ~ tojson(planned) ~ "'" if planned else 'null' }}
    from raw.window_changes
    {%- if planned.is_part %};

    insert into governance.window_marks
        (relation, batch_id, is_whole, invocation_id, marked_at)
    select
        relation,
        upto_batch_id,
        false,
        invocation_id,
        started_at
    from governance.invocations
    cross join (
        values
        ('')
        {%- for node in graph.nodes.values()
            if node.unique_id not in selected_resources and is_built_by_windows(node) %},
        ('{{ node.schema }}.{{ node.alias }}')
        {%- endfor %}
    ) as left_out (relation)
    where
        invocation_id = '{{ invocation_id }}'
        and relation != ''
    {%- endif %}
{%- endmacro %}
