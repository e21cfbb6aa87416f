{#-
    How often each text of a group occurs, as one JSON object with its keys in byte order. Null does
    not count.
-#}
{% macro json_histogram(column) -%}
    {{ adapter.dispatch('json_histogram')(column) }}
{%- endmacro %}

{% macro default__json_histogram(column) -%}
    {{ exceptions.raise_compiler_error('json_histogram is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_histogram(column) -%}
    coalesce(cast(to_json(histogram({{ column }})) as varchar), '{}')
{%- endmacro %}

{% macro postgres__json_histogram(column) -%}
    (
        select
            '{' || coalesce(string_agg(
                to_json(counted.name) || ':' || counted.number, ','
                order by counted.name collate "C"
            ), '') || '}'
        from (
            select
                texts.name,
                count(*) as number
            from unnest(array_agg({{ column }})) as texts (name)
            where texts.name is not null
            group by texts.name
        ) as counted
    )
{%- endmacro %}
