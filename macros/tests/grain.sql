{#-
    Rows of a model are told apart by these columns, each of which has a value. Lists the
    combinations that occur twice or lack one.
-#}
{% test grain(model, columns) -%}
    {%- set names = [] -%}
    {%- for column in columns -%}{%- do names.append(adapter.quote(column)) -%}{%- endfor -%}
    select {{ names | join(', ') }}
    from {{ model }}
    group by {{ names | join(', ') }}
    having count(*) > 1 or {{ names | join(' is null or ') }} is null
{%- endtest %}
