{#-
    Versions of an entity as half-open ranges of UTC days, from recorded states.

    `placed_states` says when each state came true. The last state of a day counts. A state opens a
    version if it changes a tracked column. The first version begins with the entity's creation. A
    version includes the day of the deletion that closes it, and may consist of that day alone. A
    return after a deletion opens another version.
-#}
{% macro history_by_day(states, entity, tracked) -%}
    with placed as (

        {{ placed_states(states, entity) }}

    ),

    ranked as (

        select
            *,
            cast(placed_at as date) as state_date,
            row_number() over (
                partition by {{ entity }}, cast(placed_at as date)
                order by
                    placed_at desc nulls last,
                    landed_at desc nulls last,
                    is_deleted desc nulls last,
                    versioned_at desc nulls last
            ) as recency,
            row_number() over (
                partition by {{ entity }}, cast(placed_at as date), is_deleted
                order by
                    placed_at desc nulls last,
                    landed_at desc nulls last,
                    versioned_at desc nulls last
            ) as own_recency
        from placed

    ),

    days as (

        select
            *,
            min(state_date) over (partition by {{ entity }}) as first_state_date,
            count(*) over (partition by {{ entity }}, state_date) as state_count
        from ranked
        where recency = 1 or (own_recency = 1 and not is_deleted)

    ),

    -- An entity that is deleted when it is first seen has existed before.
    lived as (

        {% set kept = ([entity] + tracked) | join(',\n            ') -%}
        select
            {{ kept }},
            created_at,
            state_date,
            is_deleted
        from days
        union all
        select
            {{ kept }},
            created_at,
            state_date,
            false as is_deleted
        from days
        where
            is_deleted
            and not is_tombstone
            and state_date = first_state_date
            and state_count = 1

    ),

    sequenced as (

        select
            *,
            row_number() over (partition by {{ entity }} order by state_date, is_deleted) as place,
            lag(is_deleted) over (partition by {{ entity }} order by state_date, is_deleted)
                as was_deleted
            {%- for column in tracked %},
            lag({{ column }}) over (partition by {{ entity }} order by state_date, is_deleted)
                as previous_{{ column }}
            {%- endfor %}
        from lived

    ),

    judged as (

        select
            *,
            case
                when was_deleted is null then true
                when is_deleted or was_deleted then is_deleted != was_deleted
                else
                {%- for column in tracked %}
                    {{ 'or ' if not loop.first -}}
                    ({{ column }} is distinct from previous_{{ column }})
                {%- endfor %}
            end as opens
        from sequenced

    ),

    started as (

        select
            *,
            case
                when is_deleted then cast(state_date + 1 as date)
                when place = 1 then least(state_date, cast(created_at as date))
                else state_date
            end as starts_on
        from judged
        where opens

    ),

    ended as (

        select
            *,
            coalesce(
                lead(starts_on) over (partition by {{ entity }} order by place),
                date '9999-12-31'
            ) as ends_on
        from started

    )

    select
        {{ entity }},
        {{ tracked | join(',\n        ') }},
        starts_on as effective_date,
        ends_on as expiry_date,
        ends_on = date '9999-12-31' as is_current,
        created_at
    from ended
    where
        not is_deleted
        and starts_on < ends_on
{%- endmacro %}
