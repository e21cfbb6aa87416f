{#- SQL whole number: a limit of the seed figure_limits, by its name. -#}
{% macro figure_limit(name) -%}
    (select limit_value from {{ ref('figure_limits') }} where limit_name = '{{ name }}')
{%- endmacro %}
