{#-
    What happens to new columns. Unlike dbt's own macro, a full refresh adds them to models that it
    cannot build whole (see should_full_refresh). They are null on days that stay as they are.
-#}
{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') -%}
    {{ return('append_new_columns' if flags.FULL_REFRESH else on_schema_change or default) }}
{%- endmacro %}
