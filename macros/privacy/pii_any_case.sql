{#- The i flag folds differently on the two engines (the Kelvin sign, dotless i): spell it out. -#}
{% macro pii_any_case(words) %}
    {%- set out = [] -%}
    {%- for letter in words -%}
        {%- set pair = '[' ~ letter | upper ~ letter | lower ~ ']' -%}
        {%- do out.append(pair if letter.isascii() and letter.isalpha() else letter) -%}
    {%- endfor -%}
    {{- return(out | join) -}}
{% endmacro %}
