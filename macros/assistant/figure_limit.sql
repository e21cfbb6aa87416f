{#- A limit of the seed figure_limits, by its name, as a whole number. -#}
{% macro figure_limit(name) -%}
    (select limit_value from {{ ref('figure_limits') }} where limit_name = '{{ name }}')
{%- endmacro %}
