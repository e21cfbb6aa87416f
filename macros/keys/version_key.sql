{#- Key of a version of an entity: MD5 over the entity's key and the day it begins, as uuid. -#}
{% macro version_key(entity, effective_date) -%}
    {{ md5_uuid("cast(" ~ entity ~ " as varchar) || ':' || cast(" ~ effective_date ~ " as varchar)") }}
{%- endmacro %}
