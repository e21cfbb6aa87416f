-- One row per stream, field that its contract does not know, and JSON type of that field.
with days as (

    select * from {{ ref('int_quality__unmapped_days') }}

),

fields as (

    select
        split_part(stream, '.', 1) as source_system,
        split_part(stream, '.', 2) as stream,
        field_name,
        json_type,
        cast(sum(record_count) as bigint) as record_count,
        {{ ratio('sum(record_count)', 'sum(stream_record_count)') }} as record_ratio,
        count(*) as day_count,
        min(event_date) as first_seen_date,
        max(event_date) as last_seen_date
    from days
    group by stream, field_name, json_type

)

select * from fields
