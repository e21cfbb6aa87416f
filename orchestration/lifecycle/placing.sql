{# Where each row of a relation is due on a day; `placed` in placing.py fills it in. #}

{# The day that is so many days after a row's; null where they are no number of days. #}
{% macro after(days) -%}
case
            when {{ days }} > {{ longest_days }} then {{ never }}
            when {{ days }} > 0 then a.lifecycle_day + cast(least({{ days }}, {{ longest_days }}) as integer)
        end
{%- endmacro %}

{# The same of a limit that a policy or the law states; null for none. #}
{% macro stated_after(days) -%}
cast({{ 'null' if days is none else 'a.lifecycle_day + ' ~ days }} as date)
{%- endmacro %}

{# The last tier that a row is old enough for. #}
{% macro tier_if(is_held) -%}
case
            when not {{ is_held }} and delete_on <= date '{{ as_of }}' then 'deleted'
            {% for later in later_tiers %}
            when {{ 'not ' ~ is_held ~ ' and ' if later.is_hiding }}lifecycle_day <= date '{{ later.until }}' then '{{ later.name }}'
            {% endfor %}
            else '{{ tier }}'
        end
{%- endmacro %}

with aged as (

    select
        {% for name in identity %}
        r.{{ name }},
        {% endfor %}
        {{ lifecycle_day }} as lifecycle_day,
        {{ sayings }}
    from {{ source }} as r

),

-- The day on which each limit ends; null for one that nobody states.
limited as (

    select
        {% for name in identity %}
        a.{{ name }},
        {% endfor %}
        a.lifecycle_day,
        {{ 'h.document_id is not null' if has_document else 'false' }} as is_held,
        {% if follows_document %}
        coalesce({{ after('a.own_limit_days') }}, d.own_limit_on) as own_on,
        {% else %}
        {{ after('a.own_limit_days') }} as own_on,
        {% endif %}
        {{ stated_after(law_days) }} as law_on,
        {% if asks_organization %}
        cast({{ after('l.data_retention_days') }} as date) as organization_on,
        {% else %}
        cast(null as date) as organization_on,
        {% endif %}
        {{ stated_after(policy_days) }} as policy_on
    from aged as a
    {% if has_document %}
    left join {{ prefix }}governance.legal_holds as h
        on cast(h.document_id as varchar) = a.document_id
    left join {{ prefix }}governance.document_limits as d
        on cast(d.document_id as varchar) = a.document_id
    {% endif %}
    {% if asks_organization %}
    left join {{ prefix }}governance.retention_limits as l
        on cast(l.organization_id as varchar)
        = {{ 'a.organization_id' if has_organization else 'cast(d.organization_id as varchar)' }}
    {% endif %}

),

-- Which limit ends a row's stay. Nulls count for nothing in greatest(), on both engines.
decided as (

    select
        {% for name in identity %}
        {{ name }},
        {% endfor %}
        lifecycle_day,
        is_held,
        nullif(
            case
                when own_on is not null then own_on
                when coalesce(organization_on, policy_on) is not null
                    then greatest(law_on, coalesce(organization_on, policy_on))
            end,
            {{ never }}
        ) as delete_on,
        case
            when own_on is not null then 'own limit'
            when law_on > coalesce(organization_on, policy_on) then 'law'
            when organization_on is not null then 'organization'
            else 'policy'
        end as decided_by
    from limited

),

placed as (

    select
        {% for name in identity %}
        {{ name }},
        {% endfor %}
        lifecycle_day,
        is_held,
        delete_on,
        decided_by,
        {{ tier_if('is_held') }} as due,
        {{ tier_if('false') }} as wanted
    from decided

)

select
    *,
    case when due = 'deleted' then decided_by else 'policy' end as reason
from placed
