{#-
    Post-hook of every model and snapshot: what a planner must know of the rows that were just
    written. Without it PostgreSQL joins what a day adds in nested loops, a hundred times slower.
-#}
{% macro refresh_statistics() -%}
    {{ adapter.dispatch('refresh_statistics')() }}
{%- endmacro %}

{% macro default__refresh_statistics() -%}
    {{ exceptions.raise_compiler_error('refresh_statistics is not written for ' ~ target.type) }}
{%- endmacro %}

{#- DuckDB keeps statistics by itself as it writes. -#}
{% macro duckdb__refresh_statistics() -%}{%- endmacro %}

{% macro postgres__refresh_statistics() -%}
    {%- set is_stored = config.get('materialized') in ('table', 'incremental', 'snapshot') -%}
    {%- set is_unchanged = is_incremental() and is_built_by_windows(model) and not changed_windows() -%}
    {%- if execute and is_stored and not is_unchanged -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
