-- One row per day of the calendar.
with days as (

    select cast(date '{{ var("calendar_start") }}' + cast(n as integer) as date) as date_day
    from
        generate_series(0, {{ days_between(var("calendar_start"), var("calendar_end")) }})
            as numbers (n)

),

described as (

    select
        {{ date_key('date_day') }} as date_key,
        date_day,
        cast(extract(year from date_day) as integer) as year_number,
        cast(extract(quarter from date_day) as integer) as quarter_number,
        cast(extract(month from date_day) as integer) as month_number,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(isodow from date_day) as integer) as day_of_week,
        cast(extract(week from date_day) as integer) as iso_week,
        {{ start_of('week', 'date_day') }} as week_start_date,
        {{ start_of('month', 'date_day') }} as month_start_date,
        extract(isodow from date_day) in (6, 7) as is_weekend
    from days

)

select * from described
