{#-
    IPv6: runs of hex and colons, marked; unmarked where glued to a word, without a digit (Rust's
    a::b), in short groups alone (x[::2], a bus address) or an index of decimals; then eight groups
    or one ::.
-#}
{% macro pii_ip_v6_patterns(o, c) %}
    {%- set hex = '[0-9A-Fa-f]{1,4}' -%}
    {%- set some_hex = '(?:' ~ hex ~ '(?::' ~ hex ~ '){0,5})?' -%}
    {{- return([{
        'find': '([0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:(?:[.][0-9]+){3})?)',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': '([0-9A-Za-z_.:\\]-])' ~ o ~ '|' ~ o ~ '([A-Fa-f:]*' ~ c ~ '|(?:[0-9A-Fa-f]{0,2}:)+'
            ~ '[0-9A-Fa-f]{0,2}' ~ c ~ ')|([0-9A-Za-z_)\\]]\\[)' ~ o ~ '([0-9:]*' ~ c ~ ')|' ~ c
            ~ '([.]?[0-9A-Za-z_\\[])',
        'put': '\\1\\2\\3\\4\\5',
    }, {
        'find': o ~ '(?:(?:' ~ hex ~ ':){7}' ~ hex ~ '|' ~ some_hex ~ '::' ~ some_hex
            ~ '(?:[.][0-9]{1,3}){0,3})' ~ c ~ '(?:%[0-9A-Za-z]+)?(?:/[0-9]{1,3})?',
        'put': '[REDACTED-IP-ADDRESS]',
    }]) -}}
{% endmacro %}
