{#-
    Condition: a JSON value, or every item of an array, is one of the listed ones. Numbers count by
    their value; a number that no double holds is none of them.
-#}
{% macro json_is_within(value, listed, is_number) -%}
    {{ adapter.dispatch('json_is_within')(value, listed, is_number) }}
{%- endmacro %}

{% macro default__json_is_within(value, listed, is_number) -%}
    {{ exceptions.raise_compiler_error('json_is_within is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_is_within(value, listed, is_number) -%}
    {%- set items -%}
        json_extract_string(
            case when json_type({{ value }}) = 'ARRAY' then {{ value }} else json_array({{ value }}) end,
            '$[*]'
        )
    {%- endset -%}
    case
        when {{ is_number }} then list_has_all(
            try_cast(string_split({{ listed }}, '|') as double[]), try_cast({{ items }} as double[])
        )
        else list_has_all(string_split({{ listed }}, '|'), {{ items }})
    end
{%- endmacro %}

{% macro postgres__json_is_within(value, listed, is_number) -%}
    not exists (
        select 1
        from json_array_elements_text(
            case
                when json_typeof({{ value }}) = 'array' then {{ value }}
                else json_build_array({{ value }})
            end
        ) as items (item)
        where not case
            when not {{ is_number }} then items.item = any(string_to_array({{ listed }}, '|'))
            when items.item ~ '^-?[0-9.]{1,40}([eE][+-]?[0-9]{1,2})?$'
                then
                    cast(items.item as double precision)
                    = any(cast(string_to_array({{ listed }}, '|') as double precision[]))
            else false
        end
    )
{%- endmacro %}
