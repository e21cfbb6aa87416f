-- Every day of a stream has as many rows in staging as the raw lines of that day have natural keys.
-- A key whose day the source has corrected counts where staging holds it.
-- Days that a batch has touched since staging was built are left out: the next build brings them.
-- So are days that rows have left because of their age.
with counted as (

    select
        '' as stream,
        '' as relation,
        '' as raw_relation,
        cast(null as date) as event_date,
        0 as key_count,
        0 as row_count
    where false
    {% for staged in staged_streams() -%}
        {%- set stream, relation, day = staged.stream, staged.relation, staged.day -%}
        {%- set node = stream_node(stream) -%}
        {%- set model_node = graph.nodes['model.granary.' ~ relation.identifier] -%}
        {%- set days = tested_days(model_node) -%}
        {%- set key = node.config.meta.natural_key -%}
        {%- set elsewhere -%}
            {%- if moves_between_days(model_node) -%}
                exists (
                    select 1 from {{ relation }} as held
                    where
                        held.{{ day }} != delivered._event_date
                        {%- for column in model_node.config.row_key %}
                        and held.{{ column }} = delivered.{{ adapter.quote(key[loop.index0]) }}
                        {%- endfor %}
                )
            {%- else -%}
                false
            {%- endif -%}
        {%- endset -%}
        union all
        select
            '{{ stream }}' as stream,
            '{{ relation.schema }}.{{ relation.identifier }}' as relation,
            '{{ node.schema }}.{{ node.identifier }}' as raw_relation,
            _event_date as event_date,
            count(*) as key_count,
            0 as row_count
        from (
            select distinct
                delivered._event_date,
                {{ quoted(key, 'delivered') | join(', ') }}
            from {{ node.relation_name }} as delivered
            where
                {{ 'true' if days is none else in_windows('delivered._event_date', days) }}
                and not {{ elsewhere }}
        ) as natural_keys
        group by _event_date
        union all
        select
            '{{ stream }}' as stream,
            '{{ relation.schema }}.{{ relation.identifier }}' as relation,
            '{{ node.schema }}.{{ node.identifier }}' as raw_relation,
            {{ day }} as event_date,
            0 as key_count,
            count(*) as row_count
        from {{ relation }}
        where {{ 'true' if days is none else in_windows(day, days) }}
        group by {{ day }}
    {% endfor %}

),

by_day as (

    select
        stream,
        relation,
        raw_relation,
        event_date,
        sum(key_count) as key_count,
        sum(row_count) as row_count
    from counted
    group by stream, relation, raw_relation, event_date

),

marks as (

    select
        relation,
        max(batch_id) as batch_id
    from {{ source('governance', 'window_marks') }}
    group by relation

),

gone as (

    select
        relation,
        thinned_before
    from {{ source('operations', 'closed_days') }}

),

last_changes as (

    select
        changes.source || '.' || changes.stream as stream,
        changes.window_date,
        max(changes.batch_id) as batch_id
    from {{ source('granary', 'window_changes') }} as changes
    group by changes.source, changes.stream, changes.window_date

)

select
    by_day.stream,
    by_day.event_date,
    by_day.key_count,
    by_day.row_count
from by_day
left join marks on by_day.relation = marks.relation
left join last_changes
    on
        by_day.stream = last_changes.stream
        and by_day.event_date = last_changes.window_date
left join gone as raw_gone on by_day.raw_relation = raw_gone.relation
left join gone as staging_gone on by_day.relation = staging_gone.relation
where
    by_day.key_count != by_day.row_count
    and by_day.event_date >= coalesce(raw_gone.thinned_before, date '0001-01-01')
    and by_day.event_date >= coalesce(staging_gone.thinned_before, date '0001-01-01')
    and coalesce(last_changes.batch_id, 0) <= coalesce(marks.batch_id, 0)
