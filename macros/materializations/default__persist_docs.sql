{#-
    Writes all comments of a relation in one statement, on every engine. dbt's own macro queries the
    columns twice for every model of every build. Here a documented column that does not exist is an
    error instead.
-#}
{% macro default__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append((relation.type ~ ' ' ~ relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() -%}
            {%- set name = 'column ' ~ relation ~ '.' ~ adapter.quote(column.name) -%}
            {%- do comments.append((name, column.description)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set statement -%}
        {%- for what, text in comments %}
        comment on {{ what }} is '{{ dbt.escape_single_quotes(text) }}';
        {%- endfor -%}
    {%- endset -%}
    {%- if comments -%}{%- do run_query(statement) -%}{%- endif -%}
{%- endmacro %}
