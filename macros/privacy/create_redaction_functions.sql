{% macro create_redaction_functions() -%}
    select 1
{%- endmacro %}
