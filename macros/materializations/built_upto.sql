{#- The last batch the model in context has been built from, as SQL; 0 before its first build. -#}
{% macro built_upto() -%}
    (
        select coalesce(max(batch_id), 0) from governance.window_marks
        where relation = '{{ this.schema }}.{{ this.identifier }}'
    )
{%- endmacro %}
