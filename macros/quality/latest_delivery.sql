{#-
    The last delivered line of each natural key (source meta) among the raw rows of `relation`.
    Delivery order is file, then line.
-#}
{% macro latest_delivery(relation, stream) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ stream_node(stream).config.meta.natural_key | join(', ') }}
                order by _file_id desc, _line desc
            ) as delivery_rank
        from {{ relation }}
    ) as ranked
    where delivery_rank = 1
{%- endmacro %}
