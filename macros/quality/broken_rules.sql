{#-
    Names of the rules of a stream's contract that a raw row breaks, comma separated; null where it
    breaks none. A bounded column makes the rule `<column>_is_possible`. What is missing breaks only
    a rule that says so.
-#}
{% macro broken_rules(stream) -%}
    {%- set rules = {} -%}
    {%- set node = stream_node(stream) -%}
    {%- for name, column in node.columns.items()
        if 'minimum' in column.config.meta or 'maximum' in column.config.meta -%}
        {%- do rules.update({name ~ '_is_possible': is_possible(stream, name)}) -%}
    {%- endfor -%}
    {%- if node.config.meta.clock_tolerance_hours -%}
        {%- set name = node.config.meta.event_time ~ '_is_not_in_the_future' -%}
        {%- do rules.update({name: is_not_in_the_future(stream)}) -%}
    {%- endif -%}
    {%- for rule in node.config.meta.get('rules', []) -%}
        {%- do rules.update({rule.name: '(' ~ rule.holds ~ ')'}) -%}
    {%- endfor -%}
    case
        when not (true
        {%- for holds in rules.values() %} and coalesce({{ holds }}, true){% endfor %})
        then concat_ws(','
        {%- for name, holds in rules.items() -%}
            , case when not coalesce({{ holds }}, true) then '{{ name }}' end
        {%- endfor -%}
        )
    end
{%- endmacro %}
