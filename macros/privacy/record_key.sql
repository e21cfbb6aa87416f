{#-
    Surrogate key of a record that personal text helps to identify: MD5 over a secret and the
    columns. The secret is a keyed pseudonym that is stored nowhere, so guesses of the text cannot be
    tried against the key; it is made once an entity, where HMAC a record would cost four times as
    much.
-#}
{% macro record_key(secret, columns) -%}
    cast(md5(concat_ws('|', {{ secret }}, {{ columns | join(', ') }})) as uuid)
{%- endmacro %}
