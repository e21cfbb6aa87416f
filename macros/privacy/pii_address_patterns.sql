{#-
    Street addresses among marked number tokens: a house number with a street word, a unit
    (Apt., Suite), a box, or a phrase that announces one; then what follows of town and ZIP.
-#}
{% macro pii_address_patterns(o, c) %}
    {#- Latin, Greek and Cyrillic: scripts that put a space between words. -#}
    {%- set letter = 'A-Za-zÀ-ӿḀ-ỿ∆' -%}
    {%- set upper = 'A-ZÀ-ÖØ-ÞĀ-ſΆ-ΫЀ-Я∆' -%}
    {%- set lower = 'a-zß-öø-ÿά-ώа-ӿ' -%}
    {#- Glue joins a number to what stands before it: taken along, or the rest of "St-555-123-4567"
        would look like a phone the second time. -#}
    {%- set inner = '-' ~ letter ~ "0-9０-９_'’.()/+＋（）‐−ー－" -%}
    {#- It ends neither with a bracket nor with a dot. -#}
    {%- set last = inner | replace('.()', '') | replace('（）', '') -%}
    {%- set glue = '(?:[' ~ inner ~ c ~ ']*[' ~ last ~ c ~ '])?' -%}
    {%- set word = '[' ~ letter ~ '][' ~ inner ~ ']*' ~ c ~ '?' -%}
    {%- set capital = '[' ~ upper ~ ']' ~ glue -%}
    {%- set number = o ~ '[0-9]{1,5}(?:' ~ c ~ '|[A-Za-mo-qu-z])' -%}
    {%- set house = number ~ '(?: ' ~ number ~ ')?' -%}
    {#- Capitals, or one word in lower case: "12 Baker Street", "12 baker street"; not "20 people
        met in that street". -#}
    {%- set proper = '[' ~ upper ~ '][' ~ inner ~ ']*' ~ c ~ '?|' ~ number ~ '|' ~ o
        ~ '[0-9]{1,3}(?:st|nd|rd|th)' -%}
    {%- set names = ' (?:' ~ proper ~ ')(?:(?: (?:d[aeio]|del|du|la))? (?:' ~ proper ~ '))' -%}
    {%- set low = ' [' ~ lower ~ '][' ~ inner ~ ']*' ~ c ~ '?' -%}
    {%- set words = '(?: (?:' ~ word ~ '|' ~ number ~ '))' -%}
    {%- set space = '[ ,\\n]{1,6}' -%}
    {#- Lines may be quoted: "> Suite 5". -#}
    {%- set between = '[ ,.>?\\n]{1,8}' -%}
    {%- set unit = '(?:[Aa]pt[.]?|[Ss]uite|[Uu]nit) #?' ~ number -%}
    {%- set zip = o ~ '(?:[0-9-]{3,10}' ~ c ~ '|[0-9][A-Z][A-Z0-9]' ~ glue ~ ')' -%}
    {%- set town = '(?:' ~ space ~ '(?:' ~ capital ~ '|nan))' -%}
    {%- set tail = glue ~ '(?:[.]?(?:' ~ town ~ '{1,6}(?:' ~ space ~ zip ~ ')?|' ~ space ~ zip
        ~ '))?' -%}
    {%- set left = '(^|[^' ~ inner | replace('/', '') | replace('()', '') | replace('（）', '')
        ~ o ~ c ~ '])' -%}

    {%- set cues = pii_cues() -%}
    {%- set name = '[' ~ upper ~ '][' ~ letter ~ '-]*' -%}
    {%- set zip_town = '(?:[ ,\\n]{1,3}' ~ o ~ '[0-9]{4,5}' ~ c ~ '(?: ' ~ capital ~ '){1,2})' -%}

    {#- First the street words that end a word; in lower case only after a longer word: not "the
        road", "this street". -#}
    {{- return([
        {
            'find': '( ' ~ cues.streets ~ '|[' ~ letter ~ ']{5} ' ~ cues.lower_streets ~ ')([^'
                ~ letter ~ '0-9]|$)|( ' ~ cues.streets_too ~ ')([^ ' ~ letter ~ '0-9]| (?:'
                ~ cues.after_street ~ '[^' ~ letter ~ "'’]|[" ~ upper ~ o ~ ']|[^' ~ letter
                ~ '])|$)',
            'put': '\\1\\3' ~ c ~ '\\2\\4',
        },
        {
            'find': o ~ '([0-9]{1,2})' ~ c
                ~ "( ?(?:[AaPp][.]?[Mm]|[Oo]['’]?[Cc]lock)(?:[^A-Za-z]|$))",
            'put': '\\1\\2',
        },
        {
            'holds': ['he corner of ', 'PO ', 'Po ', 'pO ', 'po '],
            'find': left ~ '(?:[Tt]he corner of' ~ words ~ '{1,6} and(?: (?:' ~ capital ~ '|'
                ~ number ~ ')){1,3}' ~ glue ~ '|(?:(?:PSC|psc|[Uu]nit) (?:' ~ o
                ~ '[0-9]{1,5}' ~ c ~ ',? )?[Bb]ox ' ~ number ~ '|[Uu][Ss][A-Za-z]{1,3} ' ~ word
                ~ ')[ \\n][ADFadf][Pp][Oo] [Aa][AEPaep] ' ~ o ~ '[0-9]{5}' ~ c ~ ')',
            'put': '\\1[REDACTED-ADDRESS]',
        },
        {
            'holds': ['Apt', 'apt', 'Suite', 'suite', 'Unit', 'unit'],
            'find': '(?:' ~ number ~ words ~ '{0,7}' ~ between ~ unit ~ '(?:' ~ between ~ unit
                ~ ')?|' ~ unit ~ ' ' ~ number ~ words ~ '{1,6})' ~ tail,
            'put': '[REDACTED-ADDRESS]',
        },
        {
            'find': '(?:' ~ number ~ names ~ '{1,6}|' ~ house ~ low ~ '(?: ' ~ word ~ ')?)' ~ c
                ~ tail,
            'put': '[REDACTED-ADDRESS]',
        },
        {
            'holds': ['Box ', 'box '],
            'find': left ~ '(?:P[.]?O[.]?|p[.]?o[.]?) ?[Bb]ox ' ~ number ~ tail,
            'put': '\\1[REDACTED-ADDRESS]',
        },
        {
            'find': house ~ '(?: ' ~ word ~ ')?(?: ' ~ cues.roads ~ '(?: ' ~ word ~ '){1,5}| ['
                ~ letter ~ '.-]*' ~ cues.road_ends ~ ') ' ~ number ~ tail,
            'put': '[REDACTED-ADDRESS]',
        },
        {
            'find': name ~ cues.street_ends ~ ' ' ~ number ~ zip_town ~ '?|' ~ number
                ~ '(?: bis| ter)?,? ' ~ cues.rues
                ~ "(?: (?:de|du|des|la|le|les)){0,2}(?: (?:[dl]['’])?" ~ capital
                ~ '){1,4}' ~ zip_town ~ '?|' ~ name
                ~ '(?: (?:d[aeiou][lmnrs]?|la|am|an|in|' ~ name ~ ')){0,4} ' ~ number
                ~ '[,\\n][ ]?' ~ o ~ '[0-9]{5}' ~ c ~ ' ' ~ capital,
            'put': '[REDACTED-ADDRESS]',
        },
        {
            'find': house ~ ' ' ~ capital ~ words ~ '{0,4}[,\\n][ ,\\n]{0,4}'
                ~ capital ~ town ~ '{0,4}' ~ space ~ o ~ '[0-9]{5}' ~ c,
            'put': '[REDACTED-ADDRESS]',
        },
        {
            'find': '(' ~ cues.address ~ '[ \\n]{1,8})(?:' ~ number ~ ' (?:'
                ~ proper ~ ')' ~ words ~ '{0,5}|' ~ house ~ low ~ '(?: ' ~ word ~ '){0,3} '
                ~ number ~ ')' ~ tail,
            'put': '\\1[REDACTED-ADDRESS]',
        },
    ]) -}}
{% endmacro %}
