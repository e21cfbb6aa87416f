{#- The words that betray PII, shared by the patterns and their prefilter; as alternations. -#}
{% macro pii_cues() %}
    {{- return({
        'born': '(?:' ~ pii_any_case('born') ~ '|' ~ pii_any_case('birth') ~ '|'
            ~ pii_any_case('dob') ~ '|[Dd][.][Oo][.][Bb]|生年月日|誕生日|生まれ)',
        'born_after': '(?: is (?:my|his|her|their|your) (?:date of )?birth|[ にの]?(?:生まれ|誕生))',
        'streets': '(?:Street|St|Str|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct'
            ~ '|Place|Pl|Square|Sq|Terrace|Way|Parkway|Pkwy|Circle|Highway|Hwy|Close|Crescent'
            ~ '|Alley|Plaza)',
        'lower_streets': '(?:street|avenue|road|boulevard|blvd)',
        'roads': '(?:Rue|Rua|Rúa|Via|Avenida|Avda[.]|Avenue|Calle|Strada|Vicolo|Paseo|Boulevard'
            ~ '|Piazza|ul[.]|Λεωφόρος)',
        'road_ends': '(?:gata|gatan|gade|vej|veien|vegen|vägen|gate|strasse|straße|stræti|gasse'
            ~ '|platz|weg|straat|laan|katu|kuja|braut| u[.]| utca)',
        'address': '(?:[Aa]ddress(?: is|: ?| to| with)|[Ll]ives? (?:at|in)|[Ll]ived (?:at|in)'
            ~ '|[Ll]ocated (?:at|in)|(?:office|restaurant) is (?:at|in)|off at'
            ~ '|[Mm]eet (?:me|you) at|taxi to|[Rr]eturn to|sent to|arrived at)',
    }) -}}
{% endmacro %}
