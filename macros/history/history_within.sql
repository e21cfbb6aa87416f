{#-
    Versions of an entity, split where an attribute of the larger entity it belongs to changes: a
    person's, where the tier of the organization does. Each row keeps its own version's columns, and
    has the attribute and the half-open range `start_date` to `end_date` beside them. The attribute is
    null on days on which the larger entity is not known.
-#}
{% macro history_within(versions, entity, larger_history, larger_entity, attribute) -%}
    with changes as (

        select
            {{ larger_entity }},
            effective_date as change_date
        from {{ larger_history }}
        union
        select
            {{ larger_entity }},
            expiry_date as change_date
        from {{ larger_history }}

    ),

    pieces as (

        select
            *,
            effective_date as start_date
        from {{ versions }}
        union all
        select
            own.*,
            changes.change_date as start_date
        from {{ versions }} as own
        inner join changes
            on
                own.{{ larger_entity }} = changes.{{ larger_entity }}
                and own.effective_date < changes.change_date
                and own.expiry_date > changes.change_date

    ),

    attributed as (

        select
            pieces.*,
            larger.{{ attribute }},
            lag(larger.{{ attribute }}) over (
                partition by pieces.{{ entity }}, pieces.effective_date order by pieces.start_date
            ) as previous_{{ attribute }}
        from pieces
        left join {{ larger_history }} as larger
            on
                pieces.{{ larger_entity }} = larger.{{ larger_entity }}
                and pieces.start_date >= larger.effective_date
                and pieces.start_date < larger.expiry_date

    )

    select
        *,
        coalesce(
            lead(start_date) over (partition by {{ entity }}, effective_date order by start_date),
            expiry_date
        ) as end_date
    from attributed
    where
        start_date = effective_date
        or {{ attribute }} is distinct from previous_{{ attribute }}
{%- endmacro %}
