{#- SQL that creates what partitioned models need in the database. -#}
{% macro create_partition_function() -%}
    {{ adapter.dispatch('create_partition_function')() }}
{%- endmacro %}

{% macro default__create_partition_function() -%}
    {{ exceptions.raise_compiler_error(
        'create_partition_function is not written for ' ~ target.type
    ) }}
{%- endmacro %}

{#- DuckDB needs no partitions: it skips row groups by their bounds. -#}
{% macro duckdb__create_partition_function() -%}{%- endmacro %}

{#-
    A rebuilt table exists for a while beside the old one, whose partitions have the plain names.
    The new partitions then end in `_b`, and those of the next rebuild have plain names again.
-#}
{% macro postgres__create_partition_function() -%}
do $setup$
begin
    perform pg_advisory_xact_lock(hashtext('granary.create_month_partitions'));
    create schema if not exists granary;
    create or replace function granary.create_month_partitions(
        parent text, base_name text, months date[]
    ) returns bigint language plpgsql as $partitions$
    declare
        parent_oid oid := parent::regclass;
        schema_name text;
        month_start date;
        partition_name text;
        created bigint := 0;
    begin
        select nspname into schema_name
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where pg_class.oid = parent_oid;
        foreach month_start in array coalesce(months, '{}') loop
            continue when exists (
                select 1 from pg_inherits
                where
                    inhparent = parent_oid
                    and pg_get_expr(
                        (select relpartbound from pg_class where oid = inhrelid), inhrelid
                    ) like format('FOR VALUES FROM (%L)%%', month_start)
            );
            partition_name := base_name || to_char(month_start, '_YYYY_MM');
            if to_regclass(format('%I.%I', schema_name, partition_name)) is not null then
                partition_name := partition_name || '_b';
            end if;
            execute format(
                'create table %I.%I partition of %s for values from (%L) to (%L)',
                schema_name, partition_name, parent,
                month_start, cast(month_start + interval '1 month' as date)
            );
            created := created + 1;
        end loop;
        return created;
    end;
    $partitions$;
end
$setup$
{%- endmacro %}
