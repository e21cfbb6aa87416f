{#- How complex a document is in words, in thirds of its score from 0 to 1. Null without a score. -#}
{% macro complexity_category(score) -%}
    case
            when {{ score }} < 0.34 then 'simple'
            when {{ score }} < 0.67 then 'moderate'
            when {{ score }} is not null then 'complex'
        end
{%- endmacro %}
