{#-
    The raw table of every stream with a contract, as relations by 'source.stream'. What calls it
    depends on them. orchestration/dbt/contract_plugin.py lists them, see models_of.
-#}
{% macro raw_streams() -%}
    {%- set found = {} -%}
    {%- set listed = {} if target.name == 'lint' else fromjson(env_var('GRANARY_MODELS', '{}')) -%}
    {%- for name in listed.get('streams', []) -%}
        {%- do found.update({name: source(*name.split('.'))}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
