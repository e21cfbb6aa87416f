{#-
    `value` (the column itself, if it is not given), or null where the column lies outside its bounds or
    breaks a rule of the contract. A rule is about all columns it names, or those its `about` lists.
-#}
{% macro if_possible(stream, column, value=none) -%}
    {%- set meta = stream_node(stream).columns.get(column, {}).get('config', {}).get('meta', {}) -%}
    {%- set conditions = [] -%}
    {%- if 'minimum' in meta or 'maximum' in meta -%}
        {%- do conditions.append(is_possible(stream, column)) -%}
    {%- endif -%}
    {%- for rule in stream_node(stream).config.meta.get('rules', []) -%}
        {%- if column in rule_columns(rule) -%}
            {%- do conditions.append('coalesce(' ~ rule.holds ~ ', true)') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if execute and not conditions -%}
        {{ exceptions.raise_compiler_error(
            'if_possible: the contract of ' ~ stream ~ '.' ~ column ~ ' states no bounds and no rule'
        ) }}
    {%- endif -%}
    case when {{ conditions | join(' and ') or 'true' }} then {{ value or adapter.quote(column) }} end
{%- endmacro %}
