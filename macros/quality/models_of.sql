{#-
    Every model of a kind, as relations by name. What calls it depends on them, and is built after them.
    Kinds: `staged` (staging models of streams), `schema_drift` (those of that name), `broken_records`
    (rules between a source's records), `ai_requests` (a source's calls to AI models) and `marts`. orchestration/dbt/contract_plugin.py finds them
    by folder.
-#}
{% macro models_of(kind) -%}
    {%- set found = {} -%}
    {#- sqlfluff parses the project without plugins, and compiles it with them. -#}
    {%- set listed = {} if target.name == 'lint' else fromjson(env_var('GRANARY_MODELS', '{}')) -%}
    {%- for name in listed.get(kind, []) -%}
        {%- do found.update({name: ref(name)}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
