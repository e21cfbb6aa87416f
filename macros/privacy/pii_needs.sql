{#-
    What a text must hold for a group of pii_patterns to change it. A condition is cheap, and wider
    than its patterns, never narrower; a test redacts the texts that these reject. PostgreSQL first
    looks for a guard: every branch needs a digit, an @, one of 日目番 or a corner, and those of
    secrets may have pii_secret_guard instead.
-#}
{% macro pii_needs() %}
    {%- set cues, classes = pii_cues(), pii_classes() -%}
    {%- set d = '[' ~ classes.digit ~ ']' -%}
    {#- What no match crosses. -#}
    {%- set on = '[^\\[\\]]*' -%}
    {{- return({
        'secret': pii_secret_needs(),
        'iban': '[A-Za-z]{2}' ~ d ~ '{2}(?:[' ~ classes.blank ~ classes.dash ~ ']?[A-Za-z'
            ~ classes.digit ~ ']){11}',
        'my_number': pii_my_number_cue() ~ on ~ d ~ '|' ~ d ~ on ~ pii_my_number_cue(),
        'email': classes.at ~ '[A-Za-z0-9À-ӿ々ぁ-ゖァ-ヺー一-鿿.．-]+[.．][A-Za-zЀ-ӿ]',
        'ip_v6': '[0-9][0-9A-Fa-f:]*:[0-9A-Fa-f]*:|:[0-9A-Fa-f]*:[0-9A-Fa-f:]*[.]?[0-9]',
        'date_of_birth': cues.born ~ on ~ '[日' ~ classes.digit ~ ']|' ~ d ~ on
            ~ ' birth|[日' ~ classes.digit ~ '][ にの]?(?:生|誕生)',
        'japanese_address': '〒[' ~ classes.blank ~ ']?' ~ d ~ '|[市区町村郡都道府県][^\\[\\]]*(?:[目番]|'
            ~ d ~ '[のノ' ~ classes.dash ~ ']' ~ d ~ ')',
        'ip_v4': '[0-9][.][0-9]+[.][0-9]+[.][0-9]',
        'number': [
            d ~ '(?:[()（）/／' ~ classes.blank ~ classes.dot ~ classes.wave
                ~ classes.dash ~ ']*' ~ d ~ '){6}',
            '[Xx*][' ~ classes.dash ~ '][0-9]{4}',
        ] | join('|'),
        'address': [
            '[0-9]' ~ on ~ ' (?:' ~ cues.streets ~ '|' ~ cues.streets_too ~ '|' ~ cues.lower_streets
                ~ ')(?:[^A-Za-z0-9]|$)',
            '(?:[Aa]pt[.]?|[Ss]uite|[Uu]nit) #?[0-9]',
            '[Bb]ox [0-9]|he corner of ' ~ on ~ ' and |[ADFadf][Pp][Oo] [Aa][AEPaep] [0-9]',
            '[0-9]' ~ on ~ '(?:' ~ cues.roads ~ ' ' ~ on ~ '|' ~ cues.road_ends ~ ' )[0-9]',
            '[0-9]' ~ on ~ '[,\\n](?:' ~ on ~ '[ ,\\n])?[0-9]{5}',
            cues.address ~ '[ \\n]{1,8}[0-9]',
            cues.street_ends ~ ' [0-9]|[0-9]' ~ on ~ ' ' ~ cues.rues ~ ' ',
        ] | join('|'),
    }) -}}
{% endmacro %}
