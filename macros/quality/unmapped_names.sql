{#-
    Fields of every shape (stream, event_date, fields, record_count), each once, by the name it may be
    shown under. A name may itself be personal, where an object is keyed by people: it is redacted
    here, before anything is stored. Text of more than 200 characters is data, and no name.
-#}
{% macro unmapped_names(shapes) -%}
    with fields as (

        select
            stream,
            event_date,
            fields,
            record_count,
            unnest(fields) as field
        from {{ shapes }}

    ),

    split as (

        select
            stream,
            event_date,
            fields,
            record_count,
            split_part(field, ':', 1) as json_type,
            substr(field, strpos(field, ':') + 1) as given_name
        from fields

    ),

    names as (

        select
            given_name,
            {{ redact_pii('plain_name') }} as field_name
        from (
            select
                given_name,
                case
                    when length(given_name) > 200 then '[NAME OF MORE THAN 200 CHARACTERS]'
                    else regexp_replace(given_name, '[\x01-\x1f\x7f]', ' ', 'g')
                end as plain_name
            from (select distinct given_name from split) as given
        ) as plain

    )

    select distinct
        split.stream,
        split.event_date,
        split.fields,
        split.record_count,
        split.json_type,
        names.field_name
    from split
    inner join names on split.given_name = names.given_name
{%- endmacro %}
