{#-
    IPv4 among marked number tokens. Versions and sections have four parts as well, so what is near
    decides: right after a word for a version it is one, right after a word for a host an address;
    in a line that speaks of versions, or beside another version, a version. Of the rest, what has
    three digits in a part, is private (10.) or is written as an address (:80, /24, //) is one.
-#}
{% macro pii_ip_v4_patterns(o, c) %}
    {%- set cues = pii_cues() -%}
    {%- set octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' -%}
    {%- set quad = octet ~ '(?:[.]' ~ octet ~ '){3}' -%}
    {%- set long = '1[0-9][0-9]|2[0-4][0-9]|25[0-5]' -%}
    {%- set o1 = octet ~ '[.]' -%}
    {%- set block = '(?:/[0-9]{1,2}|-' ~ quad ~ ')?' -%}
    {%- set marks = '[^0-9A-Za-z\\n\\[\\]' ~ o ~ c ~ ']' -%}
    {%- set version = o ~ '([0-9]+(?:[.][0-9]+){3})' ~ c -%}
    {#- Words between a cue and its value. -#}
    {%- set to_version = marks ~ '{0,4}(?:(?:is|was|to|from|of|no|number|v|ver)' ~ marks
        ~ '{1,3}){0,2}' -%}
    {%- set to_host = marks ~ '{1,12}(?:(?:is|was|at|on|of|from|to|for)' ~ marks ~ '{1,3}){0,2}' -%}
    {%- set further = {
        'find': '([0-9][.][0-9]+[.][0-9]+[.][0-9]+(?: ?(?:->|→|=>|[,/|&–-]) ?'
            ~ '| (?:to|and|or|through|until|with|by) )v?)' ~ version,
        'put': '\\1\\2',
    } -%}
    {#- Of no one: loopback, any, a mask; when written in code or a setting. -#}
    {%- set nobody = '((?:127|0)[.]0[.]0[.][01]|255[.]255[.]255[.][0-9]{1,3})' -%}
    {{- return([{
        'find': '([^ \\nA-Za-z' ~ o ~ c ~ '])' ~ o ~ nobody ~ c ~ '|' ~ o ~ nobody ~ c
            ~ '([^ .,;?!\\nA-Za-z])',
        'put': '\\1\\2\\3\\4',
    }, {
        'find': '(' ~ cues.versions ~ to_version ~ ')' ~ version ~ '|([.-])' ~ version ~ '|'
            ~ version ~ '([+]|-[A-Za-z]|[.][0-9A-Za-z]| ?(?:以降|以上|版))',
        'put': '\\1\\2\\3\\4\\5\\6',
    }, {
        'find': '(' ~ cues.hosts ~ to_host ~ ')' ~ o ~ quad ~ block ~ c,
        'put': '\\1[REDACTED-IP-ADDRESS]',
    }, {
        'find': '(' ~ cues.versions ~ '[^\\n\\[\\]' ~ o ~ c
            ~ ']{0,80}|(?:[=<>~!]=|~>|\\^) ?|[<>] )' ~ version,
        'put': '\\1\\2',
    }, further, further, {
        'find': '(' ~ cues.hosts_too ~ ' )' ~ o ~ quad ~ block ~ c,
        'put': '\\1[REDACTED-IP-ADDRESS]',
    }, {
        'find': o ~ '(?:(?:(?:' ~ long ~ ')(?:[.]' ~ octet ~ '){3}|' ~ o1 ~ '(?:' ~ long ~ ')(?:[.]'
            ~ octet ~ '){2}|' ~ o1 ~ o1 ~ '(?:' ~ long ~ ')[.]' ~ octet ~ '|' ~ o1 ~ o1 ~ o1 ~ '(?:'
            ~ long ~ ')|10(?:[.]' ~ octet ~ '){3})' ~ block ~ '|' ~ quad ~ '(?:/[0-9]{1,2}|-' ~ quad
            ~ '))' ~ c,
        'put': '[REDACTED-IP-ADDRESS]',
    }, {
        'find': '(//)' ~ o ~ quad ~ c ~ '|' ~ o ~ quad ~ c ~ '(:' ~ o ~ '?[0-9])',
        'put': '\\1[REDACTED-IP-ADDRESS]\\2',
    }]) -}}
{% endmacro %}
