{#- Key of an AI model and its version, as uuid; the unknown member's where no model is named. -#}
{% macro ai_model_key(name, version) -%}
    case
        when {{ name }} is null then {{ unknown_key() }}
        else {{ md5_uuid(name ~ " || ':' || coalesce(" ~ version ~ ", '')") }}
    end
{%- endmacro %}
