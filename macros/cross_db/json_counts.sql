{#- Names and counts of a group as one JSON object, by name in byte order. -#}
{% macro json_counts(name, count) -%}
    '{' || string_agg(
        cast(to_json({{ name }}) as varchar) || ':' || cast({{ count }} as varchar), ','
        order by {{ in_byte_order(name) }}
    ) || '}'
{%- endmacro %}
