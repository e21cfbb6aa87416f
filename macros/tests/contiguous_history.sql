{#-
    Versions of an entity never overlap, none is empty, and the one without an end is the only one
    that is current. Gaps are tested where deletions are known.
-#}
{% test contiguous_history(model, entity) -%}
    select
        {{ entity }},
        effective_date,
        expiry_date
    from (
        select
            *,
            lead(effective_date) over (partition by {{ entity }} order by effective_date)
                as next_effective_date
        from {{ model }}
    ) as versions
    where
        effective_date >= expiry_date
        or next_effective_date < expiry_date
        or is_current != (expiry_date = date '9999-12-31')
{%- endtest %}
