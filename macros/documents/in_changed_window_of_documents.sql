{#-
    Condition: the day is to be replaced in this run, or documents of a changed window were analysed on
    it. Summaries by organization need both, because a document may change hands or come late. Always
    true where the model is built whole.
-#}
{% macro in_changed_window_of_documents(day) -%}
    {%- set days_of_changed_documents -%}
        select analysis_date from {{ ref('fct_document_analysis') }}
        where document_id in (
            select document_id from {{ ref('stg_prism__documents') }}
            where {{ in_changed_window('upload_date') }}
        )
    {%- endset -%}
    {%- if is_incremental() -%}
    ({{ in_changed_window(day) }} or {{ day }} in ({{ days_of_changed_documents }}))
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
