{#-
    Records how every node of the run ended, for the publish gate, and in the same statement as its
    end whether a build passed. A parent that rows have left is forgotten once every model has been
    built since.
-#}
{% macro end_invocation() -%}
    {%- if execute and results -%}
    insert into governance.node_results
        (invocation_id, unique_id, status, failures, execution_seconds, completed_at)
    values
    {%- for result in results %}
        (
            '{{ invocation_id }}',
            '{{ result.node.unique_id }}',
            '{{ result.status }}',
            {{ result.failures if result.failures is not none else 'null' }},
            {{ result.execution_time }},
            {{ utc_now() }}
        ){{ ',' if not loop.last }}
    {%- endfor %};
    {%- endif %}

    delete from governance.left_parents
    where
        batch_id <= (
            select min(built.batch_id)
            from (
                select max(batch_id) as batch_id from governance.window_marks group by relation
            ) as built
        );

    update governance.invocations
    set
        ended_at = {{ utc_now() }},
        is_passed = {{ has_passed(results) }}
    where invocation_id = '{{ invocation_id }}'
{%- endmacro %}
