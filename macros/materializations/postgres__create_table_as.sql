{#-
    A model with the config `partition_by_month`, a date column, becomes a table with one partition
    a month on PostgreSQL. Its rows are gathered first, because their months are not known before.
-#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set column = config.get('partition_by_month') -%}
    {%- if temporary or not column -%}
        {{ return(dbt.postgres__create_table_as(temporary, relation, sql)) }}
    {%- endif -%}
    {%- set rows = make_temp_relation(relation, '__rows') -%}
    {{ get_assert_columns_equivalent(sql) }}
    create temporary table {{ rows }} on commit drop as (
        {{ sql }}
    );

    create table {{ relation }} {{ get_table_columns_and_constraints() }}
    partition by range ({{ column }});

    {{ create_month_partitions(relation, rows, column) }};

    insert into {{ relation }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
    select {{ adapter.dispatch('get_column_names', 'dbt')() }} from {{ rows }};
{%- endmacro %}
