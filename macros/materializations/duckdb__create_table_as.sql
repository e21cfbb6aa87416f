{#-
    A model with the config `partition_by_month`, a date column, is stored on DuckDB in the order of
    its days, so that a filter on days skips all other row groups. An increment appends whole days.
-#}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set day = config.get('partition_by_month') -%}
    {%- set ordered -%}
        select * from (
            {{ compiled_code }}
        ) as unordered
        order by {{ day }}
    {%- endset -%}
    {{ return(dbt.duckdb__create_table_as(
        temporary, relation, ordered if day else compiled_code, language, partitioned_by, sorted_by
    )) }}
{%- endmacro %}
