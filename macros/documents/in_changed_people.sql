{#-
    Condition: the row in dim_users of the person in `column` may have changed, by a version of the
    account, by a version of its organization, or by its totals. Always true where the model is built
    whole.
-#}
{% macro in_changed_people(column) -%}
    {%- set changed_people -%}
            select user_key from {{ ref('snap_prism__users') }}
            where
                dbt_valid_to is null
                and (
                    {{ in_changed_window('cast(versioned_at as date)') }}
                    or organization_id in (
                        select organization_id from {{ ref('snap_prism__organizations') }}
                        where {{ in_changed_window('cast(versioned_at as date)') }}
                    )
                )
            union all
            select user_key from {{ ref('int_prism__user_hours') }}
            where {{ in_changed_window('activity_date') }}
            union all
            {{ left_parents(ref('stg_prism__documents')) }}
            union all
            {{ left_parents(ref('stg_prism__analysis_results')) }}
    {%- endset -%}
    {%- if is_incremental() -%}
    {{ column }} in (
    {{ changed_people }}
        )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
