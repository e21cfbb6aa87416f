{#- There is at least one row. For tables that have rows whatever was ingested. -#}
{% test not_empty(model) -%}
    select 1 as missing
    where not exists (select 1 from {{ model }})
{%- endtest %}
