{#-
    The staging model of every stream with a contract, as dicts of stream, relation, day (its window
    column), record (a key that names the thing) and row (a key that names the row, as SQL). A model
    that calls it is built after all of them. Columns are known in execution only.
-#}
{% macro staged_streams() -%}
    {%- set relations = models_of('staged') -%}
    {%- set found = [] -%}
    {%- for node in stream_nodes() -%}
        {%- set model_name = 'stg_' ~ node.source_name ~ '__' ~ node.name -%}
        {%- set stream = node.source_name ~ '.' ~ node.name -%}
        {%- set staged = graph.nodes.get('model.' ~ project_name ~ '.' ~ model_name) -%}
        {%- if not staged -%}
            {{ exceptions.raise_compiler_error(
                stream ~ ' has a contract and no staging model: write ' ~ model_name
            ) }}
        {%- endif -%}
        {%- if "broken_rules('" ~ stream ~ "')" not in staged.raw_code -%}
            {{ exceptions.raise_compiler_error(
                model_name ~ " does not count its rules: add {{ broken_rules('" ~ stream
                ~ "') }} as broken_rules"
            ) }}
        {%- endif -%}
        {#- sqlfluff lists no models: it reads nothing, so any order will do. -#}
        {%- set relation = relations.get(model_name) or api.Relation.create(
            database=staged.database, schema=staged.schema, identifier=staged.alias
        ) -%}
        {%- set ids = [] -%}
        {%- for key in staged.config.row_key if staged.columns[key].data_type == 'uuid' -%}
            {%- do ids.append(key) -%}
        {%- endfor -%}
        {%- do found.append({
            'stream': stream,
            'relation': relation,
            'day': staged.config.window_column,
            'record': ids | first or row_key(model_name),
            'row': row_key(model_name),
        }) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
