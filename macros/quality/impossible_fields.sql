{#- Names of the bounded columns whose value is impossible, comma separated; null where none is. -#}
{% macro impossible_fields(stream) -%}
    {%- set names = [] -%}
    {%- for name, column in stream_node(stream).columns.items()
        if 'minimum' in column.config.meta or 'maximum' in column.config.meta -%}
        {%- do names.append(name) -%}
    {%- endfor -%}
    case
        when not (true
        {%- for name in names %} and {{ is_possible(stream, name) }}{% endfor %})
        then concat_ws(','
        {%- for name in names -%}
            , case when not {{ is_possible(stream, name) }} then '{{ name }}' end
        {%- endfor -%}
        )
    end
{%- endmacro %}
