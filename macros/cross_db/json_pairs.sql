{#-
    A query: one row per key of JSON objects, with columns of the relation, `location` (the object's
    column), `property_name` and `value`. Objects repeat no key.
-#}
{% macro json_pairs(relation, columns, objects) %}
    {{- return(adapter.dispatch('json_pairs')(relation, columns, objects)) -}}
{% endmacro %}

{% macro default__json_pairs(relation, columns, objects) %}
    {{- exceptions.raise_compiler_error('json_pairs is not written for ' ~ target.type) -}}
{% endmacro %}

{#- As a map an object is read in one go; `json_each` takes twenty times as long. -#}
{% macro duckdb__json_pairs(relation, columns, objects) %}
    {%- set parts = [] -%}
    {%- for object in objects -%}
        {%- set part -%}
select
    {{ columns | join(', ') }},
    '{{ object }}' as location,
    unnest(map_entries(cast({{ object }} as map(varchar, json)))) as pair
from {{ relation }}
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
    {{- return(
        'select ' ~ columns | join(', ') ~ ', location, pair.key as property_name, pair.value as value'
        ~ '\nfrom (\n' ~ parts | join('\nunion all\n') ~ '\n) as keyed'
    ) -}}
{% endmacro %}

{% macro postgres__json_pairs(relation, columns, objects) %}
    {%- set parts = [] -%}
    {%- for object in objects -%}
        {%- set part -%}
select
    {{ columns | join(', ') }},
    '{{ object }}' as location,
    pairs.key as property_name,
    pairs.value
from {{ relation }}
cross join lateral json_each({{ object }}) as pairs (key, value)
        {%- endset -%}
        {%- do parts.append(part) -%}
    {%- endfor -%}
    {{- return(parts | join('\nunion all\n')) -}}
{% endmacro %}
