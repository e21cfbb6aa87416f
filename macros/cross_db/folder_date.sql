{#-
    The day that a landed file's folder names (`<source>/<stream>/<day>/…`), or else the day of the
    timestamp `otherwise`. Day 31 of a shorter month counts as the first of the next.
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
