-- One row per stream and UTC day: its rows and the lines that could not become rows.
{{ config(materialized='table') }}

with counted as (

    select
        stream,
        delivery_date as record_date,
        count(*) as record_count
    from {{ ref('stg_granary__rejects') }}
    group by stream, delivery_date
    {% for staged in staged_streams() %}
        union all
        select
            '{{ staged.stream }}' as stream,
            {{ staged.day }} as record_date,
            count(*) as record_count
        from {{ staged.relation }}
        group by {{ staged.day }}
    {%- endfor %}

),

by_day as (

    select
        stream,
        record_date,
        cast(sum(record_count) as bigint) as record_count
    from counted
    group by stream, record_date

)

select * from by_day
