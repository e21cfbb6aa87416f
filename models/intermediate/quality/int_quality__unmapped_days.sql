-- One row per stream, UTC day, field that its contract does not know, and JSON type of that field.
{{ config(window_column='event_date') }}

-- Lines with the same fields go together, so a name is looked at once and not once a line.
with shapes as materialized (

    select
        '' as stream,
        cast(null as date) as event_date,
        cast(null as {{ dbt.type_string() }}[]) as fields,
        0 as record_count
    where false
    {% for stream, relation in raw_streams().items() -%}
        union all
        select
            '{{ stream }}' as stream,
            _event_date as event_date,
            {{ json_fields('_extra') }} as fields,
            count(*) as record_count
        from {{ relation }}
        where
            _extra is not null
            and {{ in_changed_window('_event_date') }}
        group by 1, 2, 3
    {% endfor %}

),

days as (

    select
        '' as stream,
        cast(null as date) as event_date,
        0 as record_count
    where false
    {% for stream, relation in raw_streams().items() -%}
        union all
        select
            '{{ stream }}' as stream,
            _event_date as event_date,
            count(*) as record_count
        from {{ relation }}
        where
            _event_date in (select event_date from shapes where stream = '{{ stream }}')
            and {{ in_changed_window('_event_date') }}
        group by _event_date
    {% endfor %}

),

named as (

    {{ unmapped_names('shapes') }}

),

counted as (

    select
        named.stream,
        named.event_date,
        named.field_name,
        named.json_type,
        cast(sum(named.record_count) as bigint) as record_count,
        cast(max(days.record_count) as bigint) as stream_record_count
    from named
    inner join days
        on
            named.stream = days.stream
            and named.event_date = days.event_date
    group by named.stream, named.event_date, named.field_name, named.json_type

)

select * from counted
