{#- Column names in quotes, with the name of their relation before them, as a list. -#}
{% macro quoted(columns, relation=none) -%}
    {%- set found = [] -%}
    {%- for column in columns -%}
        {%- do found.append((relation ~ '.' if relation else '') ~ adapter.quote(column)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
