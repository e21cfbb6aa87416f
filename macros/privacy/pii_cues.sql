{#- Words that announce personal data, or tell it from its look-alikes, as alternations. -#}
{% macro pii_cues() %}
    {%- set word = '(?:^|[^A-Za-z\ufdd0-\ufdd2])' -%}
    {%- set end = '[^A-Za-z0-9０-９\ufdd0\ufdd1\\[\\]]' -%}
    {{- return({
        'born': '(?:(?:' ~ word ~ '(?:' ~ pii_any_case('born') ~ '|' ~ pii_any_case('dob')
            ~ ')|[a-z]D[Oo][Bb]|[Dd][.][Oo][.][Bb])' ~ end ~ '|' ~ pii_any_case('birth')
            ~ '|[Gg]eboren|[Gg]eburts|[Nn]ée? le |[Nn]aissance|[Nn]acid[oa]|[Nn]acimiento'
            ~ '|生年月日|誕生日|生まれ|出生)',
        'born_after': '(?: is (?:my|his|her|their|your) (?:date of )?birth|[ にの]?(?:生まれ|誕生)'
            ~ '|生)',
        'ssn': '(?:SSN|' ~ word ~ '[Ss][Ss][Nn]|[a-z]Ssn|' ~ pii_any_case('social') ~ '[ _-]?'
            ~ pii_any_case('sec') ~ ')',
        'cards': '(?:(?:' ~ word ~ '[Cc]|[a-z]C)(?:ards?|ARDS?)|[Cc]redit|[Dd]ebit|CREDIT|DEBIT'
            ~ '|[Vv]isa|VISA|[Mm]aster[Cc]ard|[Aa]mex|AMEX|American Express|Discover|[Dd]iners'
            ~ '|JCB|[Mm]aestro|[Uu]nion[Pp]ay|' ~ word ~ '[Cc][Cc]' ~ end
            ~ '|クレジット|カード)',
        'hosts': '(?:(?:' ~ word ~ '|[a-z])I[Pp]s?|' ~ word
            ~ '(?:ips?|[Ii][Pp]v4|(?:ip|[Ii][Pp][ _-])?[Aa]ddr(?:ess(?:es)?)?'
            ~ '|[Hh]ost(?:s|name)?|[Gg]ateway|[Dd][Nn][Ss]|[Nn]ameserver'
            ~ '|[Pp]ing(?:ed|ing)?|[Tt]raceroute|[Ss]ubnet|[Nn]etmask|[Nn]etwork|[Pp]eer|[Pp]roxy'
            ~ '|[Rr]outer?|[Bb]roadcast|[Rr]emote|ssh|telnet|inet|[Ll]isten(?:ing)?|[Bb]ind'
            ~ '|[Ff]orwarded-[Ff]or)|アドレス|ホスト)',
        'hosts_too': word ~ '(?:[Ff]rom|[Tt]o|[Vv]ia|[Aa]t|[Bb]y|[Oo]n|[Ss]ervers?'
            ~ '|[Cc]lients?|[Nn]odes?|[Mm]achines?|[Cc]onnect(?:ed|ing|ion))',
        'versions': '(?:[Vv]ersions?|VERSION|' ~ word
            ~ '(?:[Vv]er[.]?|[Rr]eleas(?:e[sd]?|ing)|[Bb]uil[dt]s?|[Ff]irmware|[Dd]rivers?'
            ~ '|[Uu]pgrad(?:e[sd]?|ing)|[Uu]pdat(?:e[sd]?|ing)'
            ~ '|[Dd]owngrad(?:e[sd]?|ing)|[Ii]nstall(?:s|ed|ing|er)?|[Pp]ackages?|[Pp]kg'
            ~ '|[Pp]lugins?|[Mm]odules?|[Ll]ibrar(?:y|ies)|[Dd]ependenc(?:y|ies)'
            ~ '|[Rr]equires?|[Ss][Dd][Kk]|[Kk]ernel|[Pp]atch(?:ed)?|[Tt]ag(?:ged)?|[Bb]ump(?:s|ed|ing)?|[Rr]ev(?:ision)?'
            ~ '|[Ss]ections?|[Cc]hapters?|[Cc]lauses?|[Pp]aragraphs?|[Aa]rticles?|[Aa]ppendix'
            ~ '|[Ff]igures?|OID|[Oo]id)|[Ii]dentifier|[§第]|バージョン|リリース|ビルド|章|節)',
        'streets': '(?:Street|St|Str|Avenue|Ave|Road|Rd|Lane|Ln|Boulevard|Blvd|Terrace|Parkway|Pkwy'
            ~ '|Highway|Hwy|Crescent)',
        'streets_too': '(?:Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Way|Circle|Close|Alley|Plaza)',
        'after_street': '(?:in|on|at|is|was|are|and|or|but|as|near|for|with|to|from|by|via|off|now'
            ~ '|has|the|today|tomorrow|tonight|please|because|which|that|this|if|when|where'
            ~ '|while|after|before|since|until|apt|suite|unit|floor|next|opposite|behind|across|not|so|then'
            ~ '|my|our|he|she|they|it|you|we)',
        'rues': '(?:rue|avenue|boulevard|chemin|allée|impasse|quai)',
        'street_ends': '(?:straße|strasse|str[.]|platz|gasse|allee|straat)',
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
