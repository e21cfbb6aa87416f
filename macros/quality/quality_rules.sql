{#-
    Every quality rule of a stream, as dicts of name, dimension, severity and, where a raw row shows
    whether it keeps the rule, `holds` (SQL). All stand in the contract: a required column makes
    `<column>_is_given`, a bounded one `<column>_is_possible`, one with accepted values
    `<column>_is_known`, a tolerance for clocks `<event_time>_is_not_in_the_future`; `rules` are about
    a row; `record_rules` compare records, and the source's `broken_records` evaluates them. A line that the loader rejects lacks a required column
    or breaks `line_is_readable`.
-#}
{% macro quality_rules(stream) -%}
    {%- set node = stream_node(stream) -%}
    {%- set rules = [] -%}
    {%- for name, column in node.columns.items() -%}
        {%- set meta = column.config.meta -%}
        {%- if meta.required -%}
            {%- set rule = {
                'name': name ~ '_is_given', 'dimension': 'completeness', 'severity': 'high'
            } -%}
            {%- if column.data_type == 'varchar' and not meta.may_be_empty -%}
                {%- do rule.update(holds='trim(' ~ adapter.quote(name) ~ ', ' ~ blank_characters() ~ " || '　') != ''") -%}
            {%- endif -%}
            {%- do rules.append(rule) -%}
        {%- endif -%}
        {%- if 'minimum' in meta or 'maximum' in meta -%}
            {%- do rules.append({
                'name': name ~ '_is_possible', 'dimension': 'accuracy',
                'severity': meta.severity or 'medium', 'holds': is_possible(stream, name),
            }) -%}
        {%- endif -%}
        {%- if 'accepted_values' in meta -%}
            {%- do rules.append({
                'name': name ~ '_is_known', 'dimension': 'validity',
                'severity': meta.severity or 'medium', 'holds': is_accepted(stream, name),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if node.config.meta.clock_tolerance_hours -%}
        {%- do rules.append({
            'name': node.config.meta.event_time ~ '_is_not_in_the_future', 'dimension': 'accuracy',
            'severity': 'high', 'holds': is_not_in_the_future(stream),
        }) -%}
    {%- endif -%}
    {%- do rules.extend(node.config.meta.get('rules', [])) -%}
    {%- do rules.extend(node.config.meta.get('record_rules', [])) -%}
    {%- do rules.append(
        {'name': 'line_is_readable', 'dimension': 'validity', 'severity': 'high'}
    ) -%}
    {{ return(rules) }}
{%- endmacro %}
