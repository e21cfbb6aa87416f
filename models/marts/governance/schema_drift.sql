-- One row per difference between a source table and its contract, when extraction found it.
with drift as (

    select * from {{ ref('stg_prism__schema_drift') }}

),

latest as (

    select
        'prism' as source_system,
        table_name,
        column_name,
        change_kind,
        contract_type,
        source_type,
        is_breaking,
        row_number() over (
            partition by table_name, column_name
            order by detected_at desc nulls last, change_kind asc
        ) = 1 and change_kind != 'resolved' as is_open,
        detected_at
    from drift

)

select * from latest
