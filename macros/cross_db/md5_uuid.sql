{#- Surrogate key of an analytic text (nothing personal: it is not keyed), as uuid. -#}
{% macro md5_uuid(text) -%}
    cast(md5({{ text }}) as uuid)
{%- endmacro %}
