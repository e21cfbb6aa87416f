{#-
    `value`, by default the column itself, or null where the column breaks the contract's bounds or
    one of the rules about it (see rule_columns). A text that the contract does not accept becomes
    `other`, a number null.
-#}
{% macro if_possible(stream, column, value=none) -%}
    {%- set described = stream_node(stream).columns.get(column, {}) -%}
    {%- set meta = described.get('config', {}).get('meta', {}) -%}
    {%- set conditions = [] -%}
    {%- if 'minimum' in meta or 'maximum' in meta -%}
        {%- do conditions.append(is_possible(stream, column)) -%}
    {%- endif -%}
    {%- for rule in stream_node(stream).config.meta.get('rules', []) -%}
        {%- if column in rule_columns(rule) -%}
            {%- do conditions.append('coalesce(' ~ rule.holds ~ ', true)') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set value = value or adapter.quote(column) -%}
    {%- if 'accepted_values' in meta and described.data_type == 'varchar' -%}
        {%- set value =
            'case when ' ~ is_accepted(stream, column) ~ ' then ' ~ value ~ " else 'other' end" -%}
    {%- elif 'accepted_values' in meta -%}
        {%- do conditions.append(is_accepted(stream, column)) -%}
    {%- elif execute and not conditions -%}
        {{ exceptions.raise_compiler_error(
            'if_possible: the contract of ' ~ stream ~ '.' ~ column ~ ' states no bounds and no rule'
        ) }}
    {%- endif -%}
    {%- if conditions -%}
        case when {{ conditions | join(' and ') }} then {{ value }} end
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}
