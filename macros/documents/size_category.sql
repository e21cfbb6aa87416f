{#- Size of a file in words: up to 100 KiB, 1 MiB, 10 MiB, or larger. Null where it is not known. -#}
{% macro size_category(bytes) -%}
    case
            when {{ bytes }} < 102400 then 'small'
            when {{ bytes }} < 1048576 then 'medium'
            when {{ bytes }} < 10485760 then 'large'
            when {{ bytes }} is not null then 'xl'
        end
{%- endmacro %}
