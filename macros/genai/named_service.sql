{#- The name of a service; null where OpenTelemetry made it up, because the application has none. -#}
{% macro named_service(name) -%}
    case when {{ name }} not like 'unknown\_service%' escape '\' then {{ name }} end
{%- endmacro %}
