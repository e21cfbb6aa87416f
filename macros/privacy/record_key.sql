{#-
    Surrogate key of a record that personal text helps to identify: MD5 over a secret and the
    columns. The secret is half of a keyed pseudonym and stored nowhere, so nobody can guess the
    text and try it against the key. It is computed once an entity; an HMAC for every record costs
    four times as much.
-#}
{% macro record_key(secret, columns) -%}
    cast(md5(concat_ws('|', {{ secret }}, {{ columns | join(', ') }})) as uuid)
{%- endmacro %}
