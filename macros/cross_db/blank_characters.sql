{#- Space, tab, line feed, carriage return, as one SQL text. -#}
{% macro blank_characters() -%}
    ' ' || chr(9) || chr(10) || chr(13)
{%- endmacro %}
