-- One row per difference between a source table and its contract, when extraction found it.
with drift as (

    select
        '' as source_system,
        '' as table_name,
        '' as column_name,
        '' as change_kind,
        '' as contract_type,
        '' as source_type,
        false as is_breaking,
        cast(null as timestamp) as detected_at
    where false
    {% for name, relation in models_of('schema_drift').items() -%}
        union all
        select
            '{{ name.split('__')[0] | replace('stg_', '', 1) }}' as source_system,
            table_name,
            column_name,
            change_kind,
            contract_type,
            source_type,
            is_breaking,
            detected_at
        from {{ relation }}
    {%- endfor %}

),

latest as (

    select
        source_system,
        table_name,
        column_name,
        change_kind,
        contract_type,
        source_type,
        is_breaking,
        row_number() over (
            partition by source_system, table_name, column_name
            order by detected_at desc nulls last, change_kind asc
        ) = 1 and change_kind != 'resolved' as is_open,
        detected_at
    from drift

)

select * from latest
