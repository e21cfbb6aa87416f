{#-
    Keys of the rows this fact holds whose version of the person or the organization is not, or not
    any more, the one valid on the row's day: the version was cut, moved or came late. With a profile,
    also those whose version is another kind of person now.
-#}
{% macro rows_of_moved_versions(row_key, day, with_profile=false) -%}
    select held.{{ row_key }}
    from {{ this }} as held
    left join {{ ref('dim_users') }} as users
        on
            held.user_key = users.user_key
            and held.{{ day }} >= users.effective_date
            and held.{{ day }} < users.expiry_date
    left join {{ ref('dim_organizations') }} as organizations
        on
            held.organization_id = organizations.organization_id
            and held.{{ day }} >= organizations.effective_date
            and held.{{ day }} < organizations.expiry_date
    where
        held.user_version_key
        != coalesce(users.user_version_key, {{ unknown_key() }})
        or held.organization_version_key
        != coalesce(organizations.organization_version_key, {{ unknown_key() }})
        {%- if with_profile %}
        or held.user_profile_key != coalesce(users.user_profile_key, {{ unknown_key() }})
        {%- endif %}
{%- endmacro %}
