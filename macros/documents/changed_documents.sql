{#-
    Documents that changed themselves, or whose sections or tombstone did, with the file each of them
    has. A section that moved away has changed the document it left.
-#}
{% macro changed_documents() -%}
    select
        document_id,
        file_hash_key
    from {{ ref('stg_prism__documents') }}
    where
        {{ in_changed_window('upload_date') }}
        or document_id in (
            select document_id from {{ ref('stg_prism__document_sections') }}
            where {{ in_changed_window('section_date') }}
            union all
            {{ left_parents(ref('stg_prism__document_sections')) }}
            union all
            select entity_key from {{ ref('stg_prism__deletions') }}
            where {{ in_changed_window('deletion_date') }}
        )
{%- endmacro %}
