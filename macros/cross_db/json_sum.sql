{#-
    Sum, as bigint, of the numbers of a JSON object whose keys match a regular expression. Fractions are
    cut off. Null where there is none. Of a repeated key the first counts.
-#}
{% macro json_sum(column, pattern) -%}
    {{ adapter.dispatch('json_sum')(column, pattern) }}
{%- endmacro %}

{% macro default__json_sum(column, pattern) -%}
    {{ exceptions.raise_compiler_error('json_sum is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_sum(column, pattern) -%}
    cast(list_sum([
        trunc(cast(number as double))
        for number in [
            json_extract({{ column }}, '/' || replace(replace(k, '~', '~0'), '/', '~1'))
            for k in list_distinct(json_keys({{ column }}))
            if regexp_matches(k, '{{ pattern }}')
        ]
        if json_type(number) in ('UBIGINT', 'BIGINT', 'DOUBLE')
    ]) as bigint)
{%- endmacro %}

{% macro postgres__json_sum(column, pattern) -%}
    (
        select cast(sum(trunc(cast(numbers.value as numeric))) as bigint)
        from (
            select distinct on (pairs.key)
                pairs.key,
                cast(pairs.value as text) as value,
                json_typeof(pairs.value) as kind
            from json_each(
                case when json_typeof({{ column }}) = 'object' then {{ column }} end
            ) with ordinality as pairs (key, value, place)
            order by pairs.key, pairs.place
        ) as numbers
        where numbers.kind = 'number' and numbers.key ~ '{{ pattern }}'
    )
{%- endmacro %}
