{#-
    A model's `indexes` are for PostgreSQL. On DuckDB the order of days and the bounds of row groups
    serve the queries, and an index doubled the time to build a fact.
-#}
{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
    {{ return(none) }}
{%- endmacro %}
