{#-
    No index on DuckDB, whatever a model's config says for PostgreSQL: the order of days and the
    bounds of row groups serve its queries, and an index doubled the time to build a fact.
-#}
{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
    {{ return(none) }}
{%- endmacro %}
