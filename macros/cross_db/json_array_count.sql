{#-
    Elements of a JSON array, or only the objects whose `key` has `value`. Null where the column
    holds something other than an array.
-#}
{% macro json_array_count(column, key=none, value=none) -%}
    {{ adapter.dispatch('json_array_count')(column, key, value) }}
{%- endmacro %}

{% macro default__json_array_count(column, key=none, value=none) -%}
    {{ exceptions.raise_compiler_error('json_array_count is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_array_count(column, key=none, value=none) -%}
    case when json_type({{ column }}) = 'ARRAY' then
    {%- if key is none %}
        cast(json_array_length({{ column }}) as bigint)
    {%- else %}
        cast(len(list_filter(
            json_extract_string({{ column }}, '$[*].{{ key }}'), lambda found: found = '{{ value }}'
        )) as bigint)
    {%- endif %}
    end
{%- endmacro %}

{% macro postgres__json_array_count(column, key=none, value=none) -%}
    case when json_typeof({{ column }}) = 'array' then
    {%- if key is none %}
        cast(json_array_length({{ column }}) as bigint)
    {%- else %}
        (
            select count(*)
            from json_array_elements({{ column }}) as elements
            where
                json_typeof(elements.value) = 'object'
                and '{{ value }}' = (
                    -- A repeated key counts by its first value, as on DuckDB; ->> takes the last.
                    select pairs.value
                    from json_each_text(elements.value) with ordinality as pairs (key, value, place)
                    where pairs.key = '{{ key }}'
                    order by pairs.place
                    limit 1
                )
        )
    {%- endif %}
    end
{%- endmacro %}
