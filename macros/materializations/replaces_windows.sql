{#-
    Whether this run of the model or snapshot reads only changed windows. A snapshot keeps its rows
    in a full refresh, and reads every window again.
-#}
{% macro replaces_windows() -%}
    {%- if model.resource_type != 'snapshot' -%}
        {{ return(is_incremental()) }}
    {%- endif -%}
    {{ return(execute and not flags.FULL_REFRESH and load_relation(this) is not none) }}
{%- endmacro %}
