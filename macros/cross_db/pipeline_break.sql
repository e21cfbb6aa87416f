{#-
    How a CTE is to be read that expressions with many patterns stand on. DuckDB compiles the
    patterns once for every join and union in the same pipeline; rows that are kept in between begin
    another. PostgreSQL compiles a pattern when a text meets it.
-#}
{% macro pipeline_break() %}
    {{- return(adapter.dispatch('pipeline_break')()) -}}
{% endmacro %}

{% macro default__pipeline_break() %}
    {{- exceptions.raise_compiler_error('pipeline_break is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{% macro duckdb__pipeline_break() %}
    {{- return('materialized') -}}
{% endmacro %}

{% macro postgres__pipeline_break() %}
    {{- return('not materialized') -}}
{% endmacro %}
