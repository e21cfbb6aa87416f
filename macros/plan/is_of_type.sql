{#- Condition: a JSON value is of a plan's type. A boolean is no number; an array is judged by item. -#}
{% macro is_of_type(value, value_type) -%}
    case
        when {{ value_type }} like 'array<%'
            then {{ json_items_are(value, 'substr(' ~ value_type ~ ', 7, length(' ~ value_type ~ ') - 7)') }}
        else {{ json_kind(value) }} = {{ value_type }}
    end
{%- endmacro %}
