-- One row: when the last file was loaded; the latest day of anything is not after it. The greatest
-- time counts, not that of the last file: a clock that goes back takes nothing away.
with ledger as (

    select * from {{ ref('stg_granary__load_ledger') }}

),

last_file as (

    select
        max(loaded_at) as loaded_at,
        cast(max(loaded_at) as date) as last_day
    from ledger

)

select * from last_file
where last_day is not null
