{#-
    Keys of the rows of this fact that refer to a version of a person or an organization other than
    the one valid on the row's day, because that version was split, moved or came late. With
    `with_profile`, also of rows whose person now has another profile.
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
