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

-- What is left to look at. Read twice, and few columns of it.
remaining as materialized (

    select
        event_id,
        location,
        property_name,
        kind,
        finding,
        finding is null and class not in ('identifier', 'pseudonym') as may_stay,
        case
            when value_type is null then {{ plain_name('property_name') }}
            when finding is null and expected_values is null and kind in ('string', 'array', 'object')
                then {{ json_text('value') }}
        end as searched_text
    from judged
    where
        finding is not null
        or class in ('identifier', 'pseudonym')
        or (expected_values is null and kind in ('string', 'array', 'object'))

),

-- Texts repeat: each is searched once. Without `materialized` PostgreSQL searches before it counts
-- equal ones as one.
distinct_texts as materialized (

    select distinct searched_text from remaining
    where searched_text is not null

),

changed_texts as (

    select
        searched_text,
        clean_text
    from (
        {{ redact_columns('distinct_texts', {'clean_text': 'searched_text'}) }}
    ) as redacted
    where clean_text != searched_text

)

select
    remaining.event_id,
    remaining.location,
    remaining.property_name,
    remaining.finding,
    case
        when remaining.finding = 'unexpected_property'
            then coalesce(changed_texts.clean_text, remaining.searched_text)
        else remaining.property_name
    end as shown_name,
    case when remaining.may_stay and remaining.kind = 'string' then to_json(changed_texts.clean_text) end
        as new_value
from remaining
left join changed_texts on remaining.searched_text = changed_texts.searched_text
where
    not remaining.may_stay
    or changed_texts.clean_text is not null
{% endmacro %}
