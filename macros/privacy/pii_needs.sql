{#-
    What every text holds that a group of pii_patterns changes: cheap, wider than the patterns,
    never narrower (a test redacts what these reject). Every branch needs a digit, an @ or a corner,
    the guard PostgreSQL looks for first; those of secrets may have pii_secret_guard instead.
-#}
{% macro pii_needs() %}
    {%- set cues = pii_cues() -%}
    {%- set d = '[0-9０-９]' -%}
    {#- What no match crosses. -#}
    {%- set on = '[^\\[\\]]*' -%}
    {{- return({
        'secret': pii_secret_needs(),
        'iban': '[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11}',
        'my_number': pii_my_number_cue() ~ on ~ d ~ '|' ~ d ~ on ~ pii_my_number_cue(),
        'email': '@[A-Za-z0-9.-]+[.][A-Za-z]',
        'ip_v6': '[0-9][0-9A-Fa-f:]*:[0-9A-Fa-f]*:|:[0-9A-Fa-f]*:[0-9A-Fa-f:]*[.]?[0-9]',
        'date_of_birth': cues.born ~ on ~ d ~ '|' ~ d ~ on ~ '(?:birth|生まれ|誕生)',
        'number': [
            '[0-9][.][0-9]+[.][0-9]+[.][0-9]',
            d ~ '(?:[-./() ‐−ー－（）]*' ~ d ~ '){6}',
            '[Xx*]-[0-9]{4}',
        ] | join('|'),
        'address': [
            '[0-9]' ~ on ~ ' (?:' ~ cues.streets ~ '|' ~ cues.lower_streets
                ~ ')(?:[^A-Za-z0-9]|$)',
            '(?:[Aa]pt[.]?|[Ss]uite|[Uu]nit) #?[0-9]',
            '[Bb]ox [0-9]|he corner of ' ~ on ~ ' and |[ADFadf][Pp][Oo] [Aa][AEPaep] [0-9]',
            '[0-9]' ~ on ~ '(?:' ~ cues.roads ~ ' ' ~ on ~ '|' ~ cues.road_ends ~ ' )[0-9]',
            '[0-9]' ~ on ~ '[,\\n]' ~ on ~ '[ ,\\n][0-9]{5}',
            cues.address ~ '[ \\n]{1,8}[0-9]',
        ] | join('|'),
    }) -}}
{% endmacro %}
