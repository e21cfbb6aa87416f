{#-
    Keys of parents that rows of a staging model have left since the model in context was built,
    such as the document from which a section moved away. The staging model's config `parents` names
    the columns.
-#}
{% macro left_parents(relation) -%}
    select parent_key from governance.left_parents
    where
        relation = '{{ relation.schema }}.{{ relation.identifier }}'
        and batch_id > {{ built_upto() }}
{%- endmacro %}
