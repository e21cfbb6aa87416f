{#-
    A query: one row per event of which the tracking plan has something to say, with columns
    event_id, plan_findings, context_patch and metadata_patch (see json_patched). The relation has
    event_id, event_type, context and metadata (objects that repeat no key, see json_object_once), and
    has_odd_context and has_odd_metadata, where something else was delivered.

    plan_findings lists `<location>:<property>:<kind>`, comma separated and in byte order. No name
    that is told has a comma or a colon.
-#}
{% macro judged_events(events, plan) %}
with properties as (

    {{ judged_properties(events, plan) }}

),

missing as (

    select
        events.event_id,
        plan.location || ':' || plan.property_name || ':missing_required' as finding
    from {{ events }} as events
    inner join {{ plan }} as plan on events.event_type = plan.event_name
    where
        plan.is_required
        and {{ json_lacks(
            "case when plan.location = 'context' then events.context else events.metadata end",
            'plan.property_name',
        ) }}

),

unplanned as (

    select
        event_id,
        'event:event_type:not_in_plan' as finding
    from {{ events }}
    where event_type not in (
        select names.event_name from {{ plan }} as names
        where names.property_name is null
    )

),

{% set no_change %}
        cast(null as varchar) as location,
        cast(null as varchar) as property_name,
        cast(null as json) as new_value,
        finding
{%- endset -%}
found as (

    select
        event_id,
        location,
        property_name,
        new_value,
        location || ':' || shown_name || ':' || finding as finding
    from properties
    union all
    select
        event_id,{{ no_change }}
    from missing
    union all
    select
        event_id,{{ no_change }}
    from unplanned
    {%- for object in ('context', 'metadata') %}
    union all
    select
        events.event_id,{{ no_change | replace('finding', "'event:" ~ object ~ ":wrong_type' as finding") }}
    from {{ events }} as events
    where
        events.has_odd_{{ object }}
        and events.event_id not in (select unplanned.event_id from unplanned)
    {%- endfor %}

)

select
    event_id,
    string_agg(distinct {{ in_byte_order('finding') }}, ',' order by {{ in_byte_order('finding') }})
        as plan_findings,
    {{ json_object_of('property_name', 'new_value', "location = 'context'") }} as context_patch,
    {{ json_object_of('property_name', 'new_value', "location = 'metadata'") }} as metadata_patch
from found
group by event_id
{% endmacro %}
