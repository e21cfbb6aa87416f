{#-
    SQL for the key of a staging model's rows: the column that `row_key` of its config names, if it is
    a uuid, else a digest of all it names. Columns are known in execution only.
-#}
{% macro row_key(model_name) -%}
    {%- if not execute -%}{{ return('cast(null as uuid)') }}{%- endif -%}
    {%- set staged = graph.nodes['model.' ~ project_name ~ '.' ~ model_name] -%}
    {%- set keys = staged.config.row_key -%}
    {%- if keys | length == 1 and staged.columns[keys[0]].data_type == 'uuid' -%}
        {{ return(keys[0]) }}
    {%- endif -%}
    {{ return(md5_uuid("concat_ws('|', cast(" ~ keys | join(' as varchar), cast(') ~ ' as varchar))')) }}
{%- endmacro %}
