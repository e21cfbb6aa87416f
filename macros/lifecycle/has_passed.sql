{#-
    SQL condition on this run's row of `governance.invocations`: every node that was to be built and
    tested ended well, and the run is the one that was planned. A run somebody else began in between
    may have left a node in another state.
-#}
{% macro has_passed(results) -%}
    {%- set planned = planned_build() -%}
    {%- if not planned -%}{{ return('false') }}{%- endif -%}
    {%- set ended = {} -%}
    {%- for result in results -%}
        {%- do ended.update({result.node.unique_id: result.status | string}) -%}
    {%- endfor -%}
    {%- set wanted = selected_resources if planned.is_part else graph.nodes | list -%}
    {%- set missing = [] -%}
    {%- for unique_id in wanted
        if unique_id.split('.')[0] in ('model', 'seed', 'snapshot', 'test')
        and ended.get(unique_id) not in ('success', 'pass', 'warn', 'no-op') -%}
        {%- do missing.append(unique_id) -%}
    {%- endfor -%}
    {{ return('false' if missing else 'invocation_number = ' ~ (planned.after + 1)) }}
{%- endmacro %}
