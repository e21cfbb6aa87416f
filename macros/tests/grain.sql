{#- Rows of a model are told apart by these columns. Lists the combinations that occur twice. -#}
{% test grain(model, columns) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(adapter.quote(column)) -%}{%- endfor -%}
    select {{ names | join(', ') }}
    from {{ model }}
    group by {{ names | join(', ') }}
    having count(*) > 1
{%- endtest %}
