{#- What a text must hold for pii_secret_patterns to change it; see pii_needs. -#}
{% macro pii_secret_needs() %}
    {%- set cues = pii_secret_cues() -%}
    {#- What may follow the word that announces a secret: a sign, or a blank and a sign or a value. -#}
    {%- set sign = '\\\\"\'`“”‘’「」『』*_(（:=：＝→%>はが\\t-' -%}
    {%- set value = '[!-~Ａ-Ｚａ-ｚ０-９]*[0-9０-９Ａ-Ｚａ-ｚ!#$*?~^]' -%}
    {{- return([
        '(?:' ~ cues.passwords ~ '|' ~ cues.short ~ '|' ~ cues.tokens ~ ')(?:[' ~ sign
            ~ ']|[ 　](?:[ ' ~ sign ~ ']|is|was|to|' ~ value ~ '))|' ~ cues.quoted ~ '[' ~ sign ~ ']',
        cues.likely ~ '[A-Za-z0-9_-]{16})|' ~ cues.telling ~ '[A-Za-z0-9_+/-]{8}|' ~ cues.hooks,
        'A[KS]IA[A-Z0-9]{8}|SK[0-9a-f]{16}|eyJ[A-Za-z0-9_-]{8}|:AA[A-Za-z0-9_-]{16}|[0-9]Q~',
        '[.]atlasv1[.]|pat[A-Za-z0-9]{14}[.]|[0-9a-f]-us[0-9]|PRIVATE KEY',
        '://[^/ ]*:[^/ ]*@| (?:-u|--user)[ =]|(?:earer|EARER)[ %+]|uthorization',
    ] | join('|')) -}}
{% endmacro %}
