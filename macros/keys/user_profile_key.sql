{#- Key of what many people have in common: role, department, tier and region, as uuid. -#}
{% macro user_profile_key(relation) -%}
    {%- set texts = [] -%}
    {%- for name in ('user_role', 'department', 'subscription_tier', 'geographic_region') -%}
        {%- do texts.append("coalesce('=' || " ~ relation ~ "." ~ name ~ ", '-')") -%}
    {%- endfor -%}
    {{ md5_uuid(texts | join(" || ':' || ")) }}
{%- endmacro %}
