{#- Condition: a column is null or within the contract's minimum and maximum. -#}
{% macro is_possible(stream, column) -%}
    {%- set meta = stream_node(stream).columns.get(column, {}).get('config', {}).get('meta', {}) -%}
    {%- set name = adapter.quote(column) -%}
    {%- set bounds = [] -%}
    {%- if 'minimum' in meta -%}{%- do bounds.append(name ~ ' >= ' ~ meta.minimum) -%}{%- endif -%}
    {%- if 'maximum' in meta -%}{%- do bounds.append(name ~ ' <= ' ~ meta.maximum) -%}{%- endif -%}
    {%- if execute and not bounds -%}
        {{ exceptions.raise_compiler_error(
            'is_possible: the contract of ' ~ stream ~ '.' ~ column ~ ' states no bounds'
        ) }}
    {%- endif -%}
    ({{ name }} is null or {{ bounds | join(' and ') or 'true' }})
{%- endmacro %}
