{% macro default__hmac_uuid(text, half=1) -%}
    {{ exceptions.raise_compiler_error('hmac_uuid is not written for ' ~ target.type) }}
{%- endmacro %}

{#- The pads are session variables that the plugin sets; a missing one must not hash to null. -#}
{% macro duckdb__hmac_uuid(text, half=1) -%}
    cast(substr(sha256(
        coalesce(getvariable('granary_outer_pad'), error('no pseudonymisation key'))
        || unhex(sha256(
            coalesce(getvariable('granary_inner_pad'), error('no pseudonymisation key'))
            || encode({{ text }})
        ))
    ), {{ 32 * half - 31 }}, 32) as uuid)
{%- endmacro %}

{% macro postgres__hmac_uuid(text, half=1) -%}
    granary.hmac_uuid({{ text }}, {{ half }})
{%- endmacro %}
