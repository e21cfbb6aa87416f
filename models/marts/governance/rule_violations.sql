-- One row per record, rule it breaks and UTC day. Built whole, from the few rows that break one.
with broken as (

    select
        '' as stream,
        {{ unknown_key() }} as row_key,
        {{ unknown_key() }} as record_key,
        cast(null as date) as violation_date,
        '' as rule_name
    where false
    {% for staged in staged_streams() %}
        union all
        select
            '{{ staged.stream }}' as stream,
            {{ staged.row }} as row_key,
            {{ staged.record }} as record_key,
            {{ staged.day }} as violation_date,
            unnest(string_to_array(broken_rules, ',')) as rule_name
        from {{ staged.relation }}
        where broken_rules is not null
    {%- endfor %}

),

violations as (

    select * from broken
    {% for relation in models_of('broken_records').values() -%}
        union
        select
            stream,
            row_key,
            row_key as record_key,
            violation_date,
            rule_name
        from {{ relation }}
    {%- endfor %}

),

ordered as (

    select
        stream,
        row_key,
        record_key,
        rule_name,
        violation_date
    from violations

)

select * from ordered
