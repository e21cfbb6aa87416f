{#- Condition: two relations have the same values in `columns`, which are never null. -#}
{% macro same_key(one, other, columns) -%}
    {%- for column in columns -%}
        {{ ' and ' if not loop.first }}{{ quoted([column], one)[0] }} = {{ quoted([column], other)[0] }}
    {%- endfor -%}
{%- endmacro %}
