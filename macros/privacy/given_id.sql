{#- An id as text; null where it is blank, or a word that applications write for no id. -#}
{% macro given_id(column) -%}
    case
        when
            {{ fold_text(column) }} != ''
            and {{ fold_text(column) }} not in (
                -- dbt reads the word null in a seed as a missing value where the engine is PostgreSQL.
                select coalesce(placeholder, 'null') from {{ ref('placeholder_ids') }}
            )
            then {{ column }}
    end
{%- endmacro %}
