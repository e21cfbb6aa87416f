{#-
    One regular expression that is true of every text a pattern changes. Most texts fail it, so
    redaction costs them one pass of a DFA. Wider than the patterns, never narrower: a test
    redacts what it rejects. Every branch needs a digit or an @, the guard PostgreSQL looks for.
-#}
{% macro pii_prefilter() %}
    {%- set cues = pii_cues() -%}
    {%- set d = '[0-9０-９]' -%}
    {#- What no match crosses. -#}
    {%- set on = '[^\\[\\]]*' -%}
    {{- return([
        '@[A-Za-z0-9-]+[.][A-Za-z]',
        '[0-9][0-9A-Fa-f:]*:[0-9A-Fa-f]*:|:[0-9A-Fa-f]*:[0-9A-Fa-f:]*[0-9]',
        '[0-9][.][0-9]+[.][0-9]+[.][0-9]',
        d ~ '(?:[-./() ‐−ー－（）]*' ~ d ~ '){6}',
        '[Xx*]-[0-9]',
        cues.born ~ on ~ d,
        d ~ on ~ '(?:birth|生まれ|誕生)',
        '[0-9]' ~ on ~ ' ' ~ cues.streets ~ '(?:[^A-Za-z0-9]|$)',
        '(?:[Aa]pt[.]?|[Ss]uite|[Uu]nit) #?[0-9]',
        '[Bb]ox [0-9]|corner of' ~ on ~ '[0-9]|[ADFadf][Pp][Oo] [Aa][AEPaep] [0-9]',
        '[0-9] ' ~ on ~ '(?:' ~ cues.roads ~ ' ' ~ on ~ '|' ~ cues.road_ends ~ ' )[0-9]',
        '[0-9] ' ~ on ~ '[,\\n]' ~ on ~ '[ ,\\n][0-9]{5}',
        cues.address ~ '[ \\n]{1,8}[0-9]',
    ] | join('|')) -}}
{% endmacro %}
