{#-
    The number that a JSON object, given as text, holds under a key, without its fraction, as bigint.
    Null where it holds none, or one beyond a million milliards.
-#}
{% macro json_whole(column, key) -%}
    {%- set number = json_double(column, key) -%}
    case when {{ number }} between -1e15 and 1e15 then cast(floor({{ number }}) as bigint) end
{%- endmacro %}
