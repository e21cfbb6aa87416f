{#-
    Keyed pseudonym of a column: the first 128 bits of HMAC-SHA-256 of '<domain>:<value>', as uuid.
    With half=2 it is the other 128 bits, a secret for `record_key` that must not be stored.
-#}
{% macro hash_pii(column, domain, half=1) -%}
    {%- set declared = var('pseudonym_domains') -%}
    {%- if domain not in declared -%}
        {{ exceptions.raise_compiler_error(
            "hash_pii: domain '" ~ domain ~ "' is not among pseudonym_domains in dbt_project.yml"
        ) }}
    {%- endif -%}
    {%- set value = fold_text(column) if declared[domain].fold else column -%}
    {{ adapter.dispatch('hmac_uuid')("'" ~ domain ~ ":' || " ~ value, half) }}
{%- endmacro %}
