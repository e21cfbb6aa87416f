{#- Every run of white space as one space. The cheap test spares the rows that need no work. -#}
{% macro collapse_blanks(text) -%}
    case
        when {{ text }} like '%  %' or {{ text }} like '%　%'
            or {{ text }} like '%' || chr(9) || '%' or {{ text }} like '%' || chr(10) || '%'
            or {{ text }} like '%' || chr(13) || '%'
        then regexp_replace({{ text }}, '[ \t\n\r　]+', ' ', 'g')
        else {{ text }}
    end
{%- endmacro %}
