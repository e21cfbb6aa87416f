{#- Condition: a column is missing or within the minimum and maximum its contract states. -#}
{% macro is_possible(stream, column) -%}
    {%- set meta = stream_node(stream).columns.get(column, {}).get('config', {}).get('meta', {}) -%}
    {%- set bounds = [] -%}
    {%- if 'minimum' in meta -%}{%- do bounds.append(column ~ ' >= ' ~ meta.minimum) -%}{%- endif -%}
    {%- if 'maximum' in meta -%}{%- do bounds.append(column ~ ' <= ' ~ meta.maximum) -%}{%- endif -%}
    {%- if execute and not bounds -%}
        {{ exceptions.raise_compiler_error(
            'is_possible: the contract of ' ~ stream ~ '.' ~ column ~ ' states no bounds'
        ) }}
    {%- endif -%}
    ({{ column }} is null or {{ bounds | join(' and ') or 'true' }})
{%- endmacro %}
