{#- Condition: a column is null or one of the values its contract accepts, exactly as written. -#}
{% macro is_accepted(stream, column) -%}
    {%- set meta = stream_node(stream).columns.get(column, {}).get('config', {}).get('meta', {}) -%}
    {%- set name = adapter.quote(column) -%}
    {%- set listed = [] -%}
    {%- for value in meta.get('accepted_values', []) -%}
        {%- do listed.append(value if value is number else "'" ~ value | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- if execute and not listed -%}
        {{ exceptions.raise_compiler_error(
            'is_accepted: the contract of ' ~ stream ~ '.' ~ column ~ ' states no accepted_values'
        ) }}
    {%- endif -%}
    ({{ name }} is null or {{ name ~ ' in (' ~ listed | join(', ') ~ ')' if listed else 'true' }})
{%- endmacro %}
