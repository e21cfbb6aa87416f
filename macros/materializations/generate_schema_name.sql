{#- A model lives in the schema its folder names, on every target; of a mart, the folder in `marts`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set folders = node.fqn[1:-1] -%}
    {%- set of_mart = folders[1] if folders | length > 1 and folders[0] == 'marts' else none -%}
    {{ (custom_schema_name or of_mart or target.schema) | trim }}
{%- endmacro %}
