{#-
    What becomes of new columns. dbt's own, but that a full refresh gives them to models that it
    cannot build whole, see should_full_refresh: in days that are closed they are missing.
-#}
{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') -%}
    {{ return('append_new_columns' if flags.FULL_REFRESH else on_schema_change or default) }}
{%- endmacro %}
