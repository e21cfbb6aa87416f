{#-
    Keys of parents (config `parents` of a staging model) that rows of it have left since the model in
    context was built: a section that moved to another document, for one.
-#}
{% macro left_parents(relation) -%}
    select parent_key from governance.left_parents
    where
        relation = '{{ relation.schema }}.{{ relation.identifier }}'
        and batch_id > {{ built_upto() }}
{%- endmacro %}
