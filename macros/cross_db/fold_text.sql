{#- Lower case and outer blanks, ASCII only: both engines agree whatever their locale. -#}
{% macro fold_text(column) -%}
    translate(
        trim({{ column }}, {{ blank_characters() }}),
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
        'abcdefghijklmnopqrstuvwxyz'
    )
{%- endmacro %}
