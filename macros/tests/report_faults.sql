{#- Body of a test of the project itself. It gives no rows, or an error that names every fault. -#}
{% macro report_faults(faults) -%}
    {%- if execute and faults -%}
        {{ exceptions.raise_compiler_error(faults | sort | join('; ')) }}
    {%- endif -%}
    select 1 as fault where false
{%- endmacro %}
