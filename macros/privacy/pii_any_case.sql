{#- Spells out both cases, because engines fold the Kelvin sign and the dotless i differently. -#}
{% macro pii_any_case(words) %}
    {%- set out = [] -%}
    {%- for letter in words -%}
        {%- set pair = '[' ~ letter | upper ~ letter | lower ~ ']' -%}
        {%- do out.append(pair if letter.isascii() and letter.isalpha() else letter) -%}
    {%- endfor -%}
    {{- return(out | join) -}}
{% endmacro %}
