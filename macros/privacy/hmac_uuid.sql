{% macro default__hmac_uuid(text, half=1) -%}
    {{ exceptions.raise_compiler_error('hmac_uuid is not written for ' ~ target.type) }}
{%- endmacro %}

{#-
    Half of an HMAC-SHA-256. The pads are session variables that the plugin sets, and check_key
    stops a run without them. A guard in this expression would make DuckDB compute the digest once
    for each half.
-#}
{% macro duckdb__hmac_uuid(text, half=1) -%}
    cast(substr(sha256(
        getvariable('granary_outer_pad')
        || unhex(sha256(getvariable('granary_inner_pad') || encode({{ text }})))
    ), {{ 32 * half - 31 }}, 32) as uuid)
{%- endmacro %}

{#- The function may read the key where its caller may not. -#}
{% macro postgres__hmac_uuid(text, half=1) -%}
    granary.hmac_uuid({{ text }}, {{ half }})
{%- endmacro %}
