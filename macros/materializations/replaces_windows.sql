{#-
    Whether this run of the model or snapshot reads changed windows alone. A snapshot keeps what it
    has, so a full refresh shows it every window again.
-#}
{% macro replaces_windows() -%}
    {%- if model.resource_type != 'snapshot' -%}
        {{ return(is_incremental()) }}
    {%- endif -%}
    {{ return(execute and not flags.FULL_REFRESH and load_relation(this) is not none) }}
{%- endmacro %}
