{#- Tables in which builds keep their own books; see the sources of `governance`. -#}
{% macro create_books() -%}
    create schema if not exists governance;

    create table if not exists governance.invocations (
        invocation_id varchar not null,
        command varchar not null,
        upto_batch_id bigint not null,
        started_at timestamp not null,
        ended_at timestamp,
        invocation_number bigint,
        made_of varchar,
        is_passed boolean
    );

    -- Runs that were recorded before runs had numbers get them in the order of their starts.
    alter table governance.invocations add column if not exists invocation_number bigint;

    alter table governance.invocations add column if not exists made_of varchar;

    alter table governance.invocations add column if not exists is_passed boolean;

    update governance.invocations as i
    set invocation_number = n.place
    from (
        select
            invocation_id,
            row_number() over (order by started_at, invocation_id) as place
        from governance.invocations
    ) as n
    where i.invocation_id = n.invocation_id and i.invocation_number is null;

    create table if not exists governance.node_results (
        invocation_id varchar not null,
        unique_id varchar not null,
        status varchar not null,
        failures bigint,
        execution_seconds double precision,
        completed_at timestamp not null
    );

    create table if not exists governance.window_marks (
        relation varchar not null,
        batch_id bigint not null,
        is_whole boolean not null,
        invocation_id varchar not null,
        marked_at timestamp not null
    );

    create table if not exists governance.left_parents (
        relation varchar not null,
        parent_key uuid not null,
        batch_id bigint not null,
        noted_at timestamp not null
    );

    create table if not exists governance.key_fingerprint (
        fingerprint uuid not null
    )
{%- endmacro %}
