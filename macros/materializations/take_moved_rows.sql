{#-
    SQL for rows that a staging model holds on days that are not replaced whole, and whose key is
    delivered again. Either the source has corrected their day, or rows of that day have left
    because of their age. The newer state stays, by the contract's version where it names one, or
    else by delivery. The days that rows leave are recorded, so that models below build them anew.
-#}
{% macro take_moved_rows(new_rows, held_rows, days, whole_days) -%}
    {%- set stream = stream_above(model) -%}
    {%- set moves = moves_between_days(model) -%}
    {%- set key = config.require('row_key') -%}
    {%- set keys = quoted(key) | join(', ') -%}
    {%- set day = adapter.quote(config.require('window_column')) -%}
    {%- set version = stream.config.meta.get('version') -%}
    {%- set first_by = config.get('first_by') -%}
    {%- set moved = model.alias ~ '__moved' -%}
    create temporary table {{ moved }} as
    select
        {{ quoted(key, 'held') | join(', ') }},
        held.{{ day }} as held_date,
        {% if first_by -%}
        coalesce(held.{{ first_by }}, 0) > coalesce(late.{{ first_by }}, 0)
        or (
            coalesce(held.{{ first_by }}, 0) = coalesce(late.{{ first_by }}, 0)
            and held.{{ adapter.quote(version) }} > late.{{ adapter.quote(version) }}
        ) as is_newer
        {%- elif version -%}
        held.{{ adapter.quote(version) }} > late.{{ adapter.quote(version) }} as is_newer
        {%- else -%}
        false as is_newer
        {%- endif %}
    from {{ held_rows }} as held
    inner join {{ new_rows }} as late on {{ same_key('held', 'late', key) }}
    where
        not {{ in_windows('held.' ~ day, whole_days) }}
        {%- if not moves %} and {{ in_windows('held.' ~ day, days) }}{% endif %};

    delete from {{ new_rows }}
    where ({{ keys }}) in (select {{ keys }} from {{ moved }} where is_newer);

    delete from {{ moved }} where is_newer;

    {% for parent in quoted(config.get('parents', [])) -%}
    insert into governance.left_parents (relation, parent_key, batch_id, noted_at)
    select distinct
        '{{ this.schema }}.{{ this.identifier }}',
        held.{{ parent }},
        {{ window_upper_bound() }},
        {{ utc_now() }}
    from {{ held_rows }} as held
    left join {{ new_rows }} as late on {{ same_key('held', 'late', key) }}
    where
        (
            {{ in_windows('held.' ~ day, whole_days) }}
            or ({{ quoted(key, 'held') | join(', ') }}) in (select {{ keys }} from {{ moved }})
        )
        and held.{{ parent }} is not null
        and held.{{ parent }} is distinct from late.{{ parent }};

    {% endfor -%}
    delete from {{ held_rows }}
    where ({{ keys }}) in (select {{ keys }} from {{ moved }});

    {% if moves -%}
    insert into raw.window_changes (source, stream, window_date, batch_id)
    select distinct
        '{{ stream.source_name }}',
        '{{ stream.name }}',
        held_date,
        {{ window_upper_bound() }}
    from {{ moved }}
    where not {{ in_windows('held_date', days) }};
    {%- endif %}

    drop table {{ moved }};
{%- endmacro %}
