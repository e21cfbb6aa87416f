{#-
    Versions of an entity follow one another day by day. None is empty, none overlaps the next, none
    leaves a day out, and the one without an end is the only one that is current.

    `states` names the recorded states the versions were built from. Where it is given, an entity may
    be away from the day after a recorded deletion on, for a while or for good. Deletions that
    retention has already removed from `states` explain nothing, so days before those that are whole
    are not examined for gaps.
-#}
{% test contiguous_history(model, entity, states=none) -%}
    with versions as (

        select
            {{ entity }},
            effective_date,
            expiry_date,
            is_current,
            lead(effective_date) over (partition by {{ entity }} order by effective_date)
                as next_effective_date
        from {{ model }}

    ),

    gaps as (

        select * from versions
        where
            expiry_date < coalesce(next_effective_date, date '9999-12-31')
            {%- if states %}
            and expiry_date > {{ whole_since([states]) }}
            {%- endif %}

    ),

    {% if states -%}
    recorded as (

        select * from {{ states }}
        where
            dbt_valid_to is null
            and {{ entity }} in (select {{ entity }} from gaps)

    ),

    deletions as (

        select
            {{ entity }},
            cast(placed_at as date) + 1 as away_from
        from (
            {{ placed_states('recorded', entity) }}
        ) as placed
        where is_deleted

    ),

    {% endif -%}
    faults as (

        select * from versions
        where
            expiry_date <= effective_date
            or expiry_date > next_effective_date
            or is_current != (expiry_date = date '9999-12-31')
        union all
        select * from gaps
        {%- if states %}
        where not exists (
            select 1 from deletions
            where
                deletions.{{ entity }} = gaps.{{ entity }}
                and deletions.away_from = gaps.expiry_date
        )
        {%- endif %}

    )

    select * from faults
{%- endtest %}
