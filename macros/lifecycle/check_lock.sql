{#-
    Stops unless this run holds the writer lock. It is the first hook of a run and the pre-hook of
    every node that writes. On PostgreSQL the next writer waits for the end of the transaction that
    checked.
-#}
{% macro check_lock() -%}
    {{ adapter.dispatch('check_lock')() }}
{%- endmacro %}

{% macro default__check_lock() -%}
    {{ exceptions.raise_compiler_error('check_lock is not written for ' ~ target.type) }}
{%- endmacro %}

{#- Whoever has the file open holds the lock. -#}
{% macro duckdb__check_lock() -%}{%- endmacro %}

{#- The numbers of both locks are those of `orchestration/warehouse/lock.py`. -#}
{% macro postgres__check_lock() -%}
do $check$
begin
    perform pg_advisory_xact_lock_shared(29117685390471802);
    if not exists (
        select 1 from pg_locks join pg_stat_activity using (pid)
        where
            locktype = 'advisory' and granted and objsubid = 1
            and (cast(classid as bigint) << 32) + cast(objid as bigint) = 29117685390471801
            and application_name = 'dbt {{ invocation_id }}'
    ) then
        raise exception 'this run of dbt does not hold the writer lock, or has lost it'
        using hint = 'run `make install`, then the command again';
    end if;
end
$check$
{%- endmacro %}
