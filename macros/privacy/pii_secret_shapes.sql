{#- What services put in front of their credentials, and credentials that have a shape of their own. -#}
{% macro pii_secret_shapes(o, c) %}
    {%- set word = '[A-Za-z0-9_-]' -%}
    {%- set rest = '(?:[.=%~]+[A-Za-z0-9_+/-]+)*=*' -%}
    {%- set body = '[A-Za-z0-9_+/-]{16,}' ~ rest -%}
    {%- set cues = pii_secret_cues() -%}
    {%- set run = word ~ '*[A-Za-z0-9]{20}[A-Za-z0-9_+/-]*' ~ rest -%}
    {%- set whole = [
        cues.telling ~ body,
        '(?:AKIA|ASIA)[A-Z0-9]{16}',
        'SK[0-9a-f]{32}',
        'eyJ' ~ word ~ '{10,}(?:[.]' ~ word ~ '{4,}){1,4}',
        '[0-9]{6,}:AA' ~ word ~ '{30,}',
        '[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{30,}',
        '[A-Za-z0-9]{14}[.]atlasv1[.]' ~ word ~ '{40,}',
        'pat[A-Za-z0-9]{14}[.][0-9a-f]{64}',
        '[0-9a-f]{32}-us[0-9]{1,2}',
    ] | join('|') -%}
    {%- set hooks = '(' ~ cues.hooks ~ ')([A-Za-z0-9@/_-]{20,})' -%}
    {{- return([{
        'find': cues.likely ~ run ~ ')|(' ~ whole ~ ')|' ~ hooks,
        'put': '\\1\\4' ~ o ~ '\\2\\3\\5' ~ c,
    }, {
        'find': o ~ '([^0-9A-Z' ~ o ~ c ~ ']*|[^0-9a-z' ~ o ~ c ~ ']*[_-][^0-9a-z' ~ o ~ c ~ ']*)' ~ c,
        'put': '\\1',
    }, {
        'find': o ~ '[^' ~ o ~ c ~ ']*' ~ c,
        'put': '[REDACTED-SECRET]',
    }]) -}}
{% endmacro %}
