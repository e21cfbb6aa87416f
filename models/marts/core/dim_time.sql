-- One row per minute of the day, UTC.
with minutes as (

    select cast(n as integer) as minute_of_day
    from generate_series(0, 1439) as numbers (n)

),

split as (

    select
        minute_of_day,
        cast({{ whole_quotient('minute_of_day', 60) }} as integer) as hour_number,
        cast(minute_of_day % 60 as integer) as minute_number
    from minutes

),

described as (

    select
        cast(hour_number * 100 + minute_number as integer) as time_key,
        hour_number,
        minute_number,
        minute_of_day,
        case
            when hour_number < 6 then 'night'
            when hour_number < 12 then 'morning'
            when hour_number < 18 then 'afternoon'
            else 'evening'
        end as part_of_day
    from split

)

select * from described
