{#- Stops where there is no key, or another one than the warehouse was built with. -#}
{% macro check_key() -%}
    {%- if execute -%}
        {%- set mine = run_query(
            'select cast(' ~ adapter.dispatch('hmac_uuid')("'granary:fingerprint'") ~ ' as varchar)'
        ).rows[0][0] -%}
        {%- if mine is none -%}
            {{ exceptions.raise_compiler_error('no pseudonymisation key') }}
        {%- endif -%}
        {%- set stored = run_query(
            'select cast(fingerprint as varchar) from governance.key_fingerprint'
        ).rows -%}
        {%- if not stored -%}
            insert into governance.key_fingerprint (fingerprint) values ('{{ mine }}')
        {%- elif stored[0][0] != mine -%}
            {{ exceptions.raise_compiler_error(
                'the pseudonymisation key is not the one this warehouse was built with: restore '
                ~ 'the old key; pseudonyms made with two keys do not join'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
