{#-
    A query: one row per property that is wrong, or whose value must not stay as it is, with columns
    event_id, location, property_name, finding (what is wrong, or null), shown_name and new_value
    (null: it goes). Properties of events that the plan does not know are not judged.

    The value of a property stays if its class allows it and redaction finds nothing in it. A text
    that it finds something in stays redacted; whatever is wrong goes, because it may be anything.
-#}
{% macro judged_properties(events, plan) %}
with pairs as (

    {{ json_pairs(events, ['event_id', 'event_type'], ['context', 'metadata']) }}

),

planned as (

    select
        pairs.event_id,
        pairs.location,
        pairs.property_name,
        pairs.value,
        {{ json_kind('pairs.value') }} as kind,
        plan.value_type,
        plan.expected_values,
        plan.class
    from pairs
    left join {{ plan }} as plan
        on
            pairs.event_type = plan.event_name
            and pairs.location = plan.location
            and pairs.property_name = plan.property_name
    where
        pairs.event_type in (
            select names.event_name from {{ plan }} as names
            where names.property_name is null
        )

),

judged as (

    select
        *,
        case
            when value_type is null then 'unexpected_property'
            when kind = 'null' then null
            when not {{ is_of_type('value', 'value_type') }} then 'wrong_type'
            when
                expected_values is not null
                and not {{ json_is_within('value', 'expected_values', "value_type like '%number%'") }}
                then 'unexpected_value'
        end as finding
    from planned

),

texts as (

    select
        *,
        finding is null and class not in ('identifier', 'pseudonym') as may_stay,
        case when value_type is null then {{ plain_name('property_name') }} else property_name end
            as invented_name,
        case
            when finding is not null or expected_values is not null then null
            when kind in ('string', 'array', 'object') then {{ json_text('value') }}
        end as value_text
    from judged

),

redacted as (

    {{ redact_columns('texts', {'shown_name': 'invented_name', 'clean_text': 'value_text'}) }}

)

select
    event_id,
    location,
    property_name,
    finding,
    shown_name,
    case when may_stay and kind = 'string' then to_json(clean_text) end as new_value
from redacted
where not may_stay or clean_text is distinct from value_text
{% endmacro %}
