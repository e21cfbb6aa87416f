{#-
    States of an entity, with `placed_at`, the time at which each came true. That is the time at
    which the source says it wrote the state, unless the order of delivery contradicts it. A
    tombstone comes after every state it found gone (see is_gone). A state that is delivered after a
    tombstone, and claims to be older, is true again from its delivery on, unless a newer state was
    delivered in between.
-#}
{% macro placed_states(states, entity) -%}
    with tombstones as (

        select
            gone.{{ entity }},
            gone.versioned_at,
            gone.landed_at,
            greatest(gone.versioned_at, max(lived.versioned_at)) as placed_at
        from {{ states }} as gone
        left join {{ states }} as lived
            on
                gone.{{ entity }} = lived.{{ entity }}
                and not lived.is_tombstone
                and {{ is_gone(
                    'lived.versioned_at', 'lived.landed_at',
                    'gone.versioned_at', 'gone.landed_at'
                ) }}
        where gone.is_tombstone
        group by gone.{{ entity }}, gone.versioned_at, gone.landed_at

    ),

    -- The last tombstone before each delivery.
    outlived as (

        select
            lived.{{ entity }},
            lived.versioned_at,
            lived.landed_at,
            tombstones.placed_at,
            row_number() over (
                partition by lived.{{ entity }}, lived.versioned_at
                order by tombstones.landed_at desc nulls last
            ) as recency,
            max(lived.versioned_at) over (
                partition by lived.{{ entity }}, tombstones.landed_at
                order by lived.landed_at
                range between unbounded preceding and interval '1 microsecond' preceding
            ) as newest_before
        from {{ states }} as lived
        inner join tombstones
            on
                lived.{{ entity }} = tombstones.{{ entity }}
                and lived.landed_at > tombstones.landed_at
        where not lived.is_tombstone

    ),

    returned as (

        select
            {{ entity }},
            versioned_at
        from outlived
        where
            recency = 1
            and versioned_at <= placed_at
            and versioned_at >= coalesce(newest_before, versioned_at)

    )

    select
        states.*,
        coalesce(tombstones.placed_at, states.versioned_at) as placed_at
    from {{ states }} as states
    left join tombstones
        on
            states.{{ entity }} = tombstones.{{ entity }}
            and states.versioned_at = tombstones.versioned_at
            and states.is_tombstone
    union all
    select
        states.*,
        states.landed_at as placed_at
    from {{ states }} as states
    inner join returned
        on
            states.{{ entity }} = returned.{{ entity }}
            and states.versioned_at = returned.versioned_at
    where not states.is_tombstone
{%- endmacro %}
