{#-
    Days of analyses of documents that a changed window touches: what sums up analyses by
    organization follows a document that changes hands or comes late. None where a model is built
    whole.
-#}
{% macro days_of_changed_documents() -%}
    select analysis_date from {{ ref('fct_document_analysis') }}
    where document_id in (
        select document_id from {{ ref('stg_prism__documents') }}
        where {{ in_changed_window('upload_date') }}
    )
{%- endmacro %}
