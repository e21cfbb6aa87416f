{#- Whether an expression holds 13 to 19 digits that begin as card numbers do. -#}
{% macro pii_card_shape(card) -%}
    length({{ card }}) between 13 and 19 and translate({{ card }}, '0123456789', '') = ''
        and (substr({{ card }}, 1, 1) in ('3', '4', '5', '6')
            or substr({{ card }}, 1, 2) in ('22', '23', '24', '25', '26', '27')
            or substr({{ card }}, 1, 4) in ('1800', '2131'))
{%- endmacro %}
