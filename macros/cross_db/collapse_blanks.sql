{#- Every run of white space as one space. The cheap comparisons spare most rows the expression. -#}
{% macro collapse_blanks(text) -%}
    case
        when {{ text }} like '%  %' or {{ text }} like '%　%'
            or {{ text }} like '%' || chr(9) || '%' or {{ text }} like '%' || chr(10) || '%'
            or {{ text }} like '%' || chr(13) || '%'
        then regexp_replace({{ text }}, '[ \t\n\r　]+', ' ', 'g')
        else {{ text }}
    end
{%- endmacro %}
