{#-
    Names of the keys whose values differ between two JSON objects, in byte order and comma
    separated. Null where neither is an object. The values are left out, because they may be
    personal.
-#}
{% macro json_changed_keys(before, after) -%}
    {{ adapter.dispatch('json_changed_keys')(before, after) }}
{%- endmacro %}

{% macro default__json_changed_keys(before, after) -%}
    {{ exceptions.raise_compiler_error('json_changed_keys is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__json_changed_keys(before, after) -%}
    case when json_type({{ before }}) = 'OBJECT' or json_type({{ after }}) = 'OBJECT' then
        array_to_string(list_sort(list_filter(
            list_distinct(list_concat(
                coalesce(json_keys({{ before }}), []), coalesce(json_keys({{ after }}), [])
            )),
            lambda name: ({{ before }} -> ('/' || replace(replace(name, '~', '~0'), '/', '~1')))
                is distinct from ({{ after }} -> ('/' || replace(replace(name, '~', '~0'), '/', '~1')))
        )), ',')
    end
{%- endmacro %}

{#- A repeated key counts by its first value, as on DuckDB. -#}
{% macro postgres__json_changed_keys(before, after) -%}
    {%- set pairs = [] -%}
    {%- for column in (before, after) -%}
        {%- set first_of_each_key -%}
            select distinct on (pairs.key) pairs.key, pairs.value
            from json_each(
                case when json_typeof({{ column }}) = 'object' then {{ column }} else '{}' end
            ) with ordinality as pairs (key, value, place)
            order by pairs.key, pairs.place
        {%- endset -%}
        {%- do pairs.append(first_of_each_key) -%}
    {%- endfor -%}
    case when json_typeof({{ before }}) = 'object' or json_typeof({{ after }}) = 'object' then
        array_to_string(array(
            select coalesce(old.key, new.key)
            from ({{ pairs[0] }}) as old
            full outer join ({{ pairs[1] }}) as new on old.key = new.key
            where cast(old.value as text) is distinct from cast(new.value as text)
            order by coalesce(old.key, new.key) collate "C"
        ), ',')
    end
{%- endmacro %}
