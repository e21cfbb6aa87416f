{#-
    A JSON object in which no key is repeated: the first of equal ones stays. Null where the column
    holds something other than an object.
-#}
{% macro json_object_once(column) -%}
    {{ adapter.dispatch('json_object_once')(column) }}
{%- endmacro %}

{% macro default__json_object_once(column) -%}
    {{ exceptions.raise_compiler_error('json_object_once is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_object_once(column) -%}
    {%- set keys = 'json_keys(' ~ column ~ ')' -%}
    case when json_type({{ column }}) = 'OBJECT' then
        case when len({{ keys }}) = len(list_distinct({{ keys }})) then {{ column }}
        else to_json(map_from_entries([
            {
                'key': name,
                'value': json_extract(
                    {{ column }}, '/' || replace(replace(name, '~', '~0'), '/', '~1')
                )
            }
            for name in list_distinct({{ keys }})
        ])) end
    end
{%- endmacro %}

{% macro postgres__json_object_once(column) -%}
    case when json_typeof({{ column }}) = 'object' then
        case
            when
                (
                    select count(*) = count(distinct names.name collate "C")
                    from json_object_keys({{ column }}) as names (name)
                )
                then {{ column }}
            else (
                select json_object_agg(firsts.key, firsts.value)
                from (
                    select distinct on (pairs.key collate "C") pairs.key, pairs.value
                    from json_each({{ column }}) with ordinality as pairs (key, value, place)
                    order by pairs.key collate "C", pairs.place
                ) as firsts
            )
        end
    end
{%- endmacro %}
