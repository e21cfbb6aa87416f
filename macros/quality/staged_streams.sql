{#-
    The staging model of every stream with a contract, as dicts of stream, relation, day (its window
    column), record (a key that names the thing) and row (a key that names the row, as SQL). A model
    that calls it is built after all of them. Columns are known in execution only.
-#}
{% macro staged_streams() -%}
    {%- set relations = [
        ref('stg_assistant__content_accesses'),
        ref('stg_assistant__interactions'),
        ref('stg_assistant__session_memory'),
        ref('stg_assistant__system_metrics'),
        ref('stg_prism__analysis_results'),
        ref('stg_prism__audit_logs'),
        ref('stg_prism__deletions'),
        ref('stg_prism__document_sections'),
        ref('stg_prism__documents'),
        ref('stg_prism__organizations'),
        ref('stg_prism__schema_drift'),
        ref('stg_prism__user_feedback'),
        ref('stg_prism__users'),
    ] -%}
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
        {%- set relation = relations | selectattr('identifier', 'equalto', staged.alias) | first -%}
        {%- if not relation -%}
            {{ exceptions.raise_compiler_error("staged_streams: add ref('" ~ model_name ~ "')") }}
        {%- endif -%}
        {%- set keys = staged.config.row_key -%}
        {%- set ids = [] -%}
        {%- for key in keys if staged.columns[key].data_type == 'uuid' -%}
            {%- do ids.append(key) -%}
        {%- endfor -%}
        {%- set row_key = keys[0] if ids == keys else md5_uuid(
            "concat_ws('|', cast(" ~ keys | join(' as varchar), cast(') ~ ' as varchar))'
        ) -%}
        {%- do found.append({
            'stream': stream,
            'relation': relation,
            'day': staged.config.window_column,
            'record': ids | first or row_key,
            'row': row_key,
        }) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
