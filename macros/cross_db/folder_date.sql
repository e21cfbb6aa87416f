{#-
    The day a landed file's folder names (`<source>/<stream>/<day>/…`), or that of `otherwise`, a
    timestamp. Day 31 of a month that has 30 is the next month's first.
-#}
{% macro folder_date(path, otherwise) -%}
    {%- set day = "split_part(" ~ path ~ ", '/', 3)" -%}
    case
        when {{ day }} similar to '(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
        then cast(substr({{ day }}, 1, 8) || '01' as date)
            + (cast(substr({{ day }}, 9, 2) as integer) - 1)
        else cast({{ otherwise }} as date)
    end
{%- endmacro %}
