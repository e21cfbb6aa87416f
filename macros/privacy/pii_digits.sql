{#- SQL for the digits of a marked number in `piece`, from the right, in ASCII. -#}
{% macro pii_digits() %}
    {%- set classes = pii_classes() -%}
    {{- return("translate(reverse(split_part(piece, '\ufdd1', 1)), '０１２３４５６７８９"
        ~ classes.blank ~ classes.dash ~ "', '0123456789')") -}}
{% endmacro %}
