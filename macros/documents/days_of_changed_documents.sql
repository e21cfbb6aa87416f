{#-
    Days on which documents of a changed window were analysed. Models that sum up analyses by
    organization replace these days too, because a document may change hands or come late.
-#}
{% macro days_of_changed_documents() -%}
    select analysis_date from {{ ref('fct_document_analysis') }}
    where document_id in (
        select document_id from {{ ref('stg_prism__documents') }}
        where {{ in_changed_window('upload_date') }}
    )
{%- endmacro %}
