{#- SQL that creates the partitions of `relation` that the rows of `source` need. -#}
{% macro create_month_partitions(relation, source, column) -%}
    select granary.create_month_partitions(
        '{{ relation }}', '{{ this.identifier }}', (
            select array_agg(distinct {{ start_of('month', column) }})
            from {{ source }}
        )
    )
{%- endmacro %}
