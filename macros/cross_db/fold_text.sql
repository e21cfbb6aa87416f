{#- A text in lower case without outer blanks. Only ASCII letters, so that no locale matters. -#}
{% macro fold_text(column) -%}
    translate(
        trim({{ column }}, {{ blank_characters() }}),
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
        'abcdefghijklmnopqrstuvwxyz'
    )
{%- endmacro %}
