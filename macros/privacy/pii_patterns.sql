{#-
    The seven types as groups of steps, in order, read by both engines. A group changes no text in
    which the pattern `needs` finds nothing.

    RE2 (DuckDB) takes the first alternative that fits, PostgreSQL the longest match, and neither
    has the other's word boundary. So a type is found in moves that mean the same on both: mark
    candidates with o and c (noncharacters, which no text may hold), unmark those glued to a
    letter or path (o or c goes), replace what fits whole between o and c. A test proves for every
    pattern that its first match is its longest. Hence no `.`, \b, \d, i flag or lazy quantifier.

    Nothing matches across [ or ], so a placeholder is a wall. What another type's match might free
    is not taken either (hence "]" and "[" among the bad neighbours): twice is once.
-#}
{% macro pii_patterns() %}
    {%- set o, c, k = '\ufdd0', '\ufdd1', '\ufdd2' -%}
    {%- set d = '[0-9０-９]' -%}
    {#- What may stand between a cue ("SSN is", "born on") and its value. -#}
    {%- set gap = '[^0-9０-９' ~ o ~ c ~ '\\[\\]]' -%}
    {%- set next = c ~ ' ' ~ o -%}
    {%- set marked = o ~ '([^' ~ o ~ c ~ ']*)' ~ c -%}

    {#- No kanji or kana: a Japanese word may stand right before the address. Cyrillic yes:
        it has look-alikes of Latin letters. -#}
    {%- set email = [{
        'find': '[A-Za-z0-9_À-ӿ][A-Za-z0-9À-ӿ._%+-]*@(?:[A-Za-z0-9-]+[.])+[A-Za-z]{2,24}',
        'put': '[REDACTED-EMAIL]',
    }] -%}

    {#- Runs of hex and colons, with a digit (Rust's a::b has none), eight groups or one ::. -#}
    {%- set hex = '[0-9A-Fa-f]{1,4}' -%}
    {%- set some_hex = '(?:' ~ hex ~ '(?::' ~ hex ~ '){0,5})?' -%}
    {%- set ip_v6 = [{
        'find': '([0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:(?:[.][0-9]+){3})?)',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': '([0-9A-Za-z_.:\\]-])' ~ o ~ '|' ~ o ~ '([A-Fa-f:]*' ~ c ~ ')|' ~ c
            ~ '([.]?[0-9A-Za-z_\\[])',
        'put': '\\1\\2\\3',
    }, {
        'find': o ~ '(?:(?:' ~ hex ~ ':){7}' ~ hex ~ '|' ~ some_hex ~ '::' ~ some_hex
            ~ '(?:[.][0-9]{1,3}){0,3})' ~ c,
        'put': '[REDACTED-IP-ADDRESS]',
    }] -%}

    {#- A date is a birth only beside a word that says so. -#}
    {%- set months = [] -%}
    {%- for month in 'jan feb mar apr may jun jul aug sep oct nov dec'.split() -%}
        {%- do months.append(pii_any_case(month)) -%}
    {%- endfor -%}
    {%- set month = '(?:' ~ months | join('|') ~ ')[a-z]{0,6}[.]?' -%}
    {%- set day = d ~ '{1,2}(?:st|nd|rd|th)?' -%}
    {%- set dates = [
        d ~ '{1,4}(?:[-/.]' ~ d ~ '{1,4}){2}',
        day ~ '[ -](?:of )?' ~ month ~ ',?[ -]' ~ d ~ '{2,4}',
        month ~ '[ -]' ~ day ~ ',?[ -]' ~ d ~ '{2,4}',
        '(?:' ~ d ~ '{4}|[明大昭平令][治正和成](?:' ~ d ~ '{1,2}|元))年' ~ d ~ '{1,2}月' ~ d
            ~ '{1,2}日',
    ] -%}
    {%- set born = pii_cues().born -%}
    {%- set date_of_birth = [{
        'find': '(' ~ dates | join('|') ~ ')',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': '([0-9０-９A-Za-z_\\]][-/.]?)' ~ marked,
        'put': '\\1\\2',
    }, {
        'find': marked ~ '([-/.]?[0-9０-９A-Za-z_\\[])',
        'put': '\\1\\2',
    }, {
        'find': '(' ~ born ~ gap ~ '{0,40})' ~ o ~ '[^' ~ o ~ c ~ ']*' ~ c,
        'put': '\\1[REDACTED-DATE-OF-BIRTH]',
    }, {
        'find': o ~ '[^' ~ o ~ c ~ ']*' ~ c
            ~ '(' ~ pii_cues().born_after ~ ')',
        'put': '[REDACTED-DATE-OF-BIRTH]\\1',
    }] -%}

    {%- set hyphens = '‐−ー－' -%}
    {%- set masked_ssn = [{
        'find': '[Xx*]{3}-[Xx*]{2}-[0-9]{4}([.)]?(?:[^0-9０-９A-Za-z_./()（）\\[' ~ hyphens ~ '-]|$))',
        'put': '[REDACTED-SSN]\\1',
    }] -%}

    {#- From here on numbers are tokens: digits joined by - . / ( ), maybe + before, x12 behind.
        Unmarked: what a letter touches (v1.2.3.4, SKU-555-…, …-A), but not "-Office"; or an address
        that is redacted, whose letters may have. -#}
    {%- set tokens = [{
        'find': '([+＋]?[(（]?' ~ d ~ '+(?:(?:[)）][ -]?|[./(（' ~ hyphens ~ '-][(]?)' ~ d
            ~ '+)*(?:x' ~ d ~ '+)?)',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': '([A-Za-z_][-./]?|ADDRESS\\])' ~ marked,
        'put': '\\1\\2',
    }, {
        'find': c ~ '([A-Za-z_]|\\[REDACTED-A|-[A-Za-z](?:[^A-Za-z' ~ o ~ ']|$))',
        'put': '\\1',
    }] -%}

    {%- set octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' -%}
    {%- set ip_v4 = [{
        'find': o ~ octet ~ '(?:[.]' ~ octet ~ '){3}(?:/[0-9]{1,2})?' ~ c,
        'put': '[REDACTED-IP-ADDRESS]',
    }] -%}

    {#- Hyphens alone are enough; dots, spaces or nothing between only after its name. Areas 000 and
        666 are never given out; 9xx is kept, for tax numbers have that form. -#}
    {%- set area = '(?:00[1-9]|0[1-9][0-9]|66[0-57-9]|6[0-57-9][0-9]|[1-57-9][0-9]{2})' -%}
    {%- set joint = '(?:' ~ next ~ '|[.])?' -%}
    {%- set ssn = [{
        'find': o ~ area ~ '-[0-9]{2}-[0-9]{4}' ~ c,
        'put': '[REDACTED-SSN]',
    }, {
        'find': '((?:' ~ pii_any_case('ssn') ~ '|' ~ pii_any_case('social security') ~ ')' ~ gap
            ~ '{0,20})' ~ o ~ area ~ joint ~ '[0-9]{2}' ~ joint ~ '[0-9]{4}' ~ c,
        'put': '\\1[REDACTED-SSN]',
    }] -%}

    {#- Groups of four become one token. What has the length and a first digit that issuers use (not
        milliseconds since 1970, few identifiers) gets the mark k, and SQL counts Luhn. -#}
    {%- set card = [{
        'find': o ~ '([0-9]{4})' ~ next ~ '([0-9]{4})' ~ next ~ '([0-9]{4})' ~ next
            ~ '([0-9]{1,4})' ~ c,
        'put': o ~ '\\1 \\2 \\3 \\4' ~ c,
    }, {
        'find': o ~ '((?:1800|2131|2[2-7][0-9]{2}|[3-6][0-9]{3})(?:[ -]?[0-9]){9,15}' ~ c ~ ')',
        'put': k ~ '\\1',
    }, {'luhn': '[REDACTED-CREDIT-CARD]'}] -%}

    {#- The numbers' marks go and come again, so an address reads what is left of the numbers. -#}
    {%- set drop = [{'drop_marks': o ~ c}] -%}
    {%- set needs = pii_needs() -%}
    {{- return([
        {'needs': needs.secret, 'steps': pii_secret_patterns(o, c, k)},
        {'needs': needs.iban, 'steps': pii_iban_patterns(o, c)},
        {'needs': needs.my_number, 'steps': pii_my_number_patterns(o, c, k)},
        {'needs': needs.email, 'steps': email},
        {'needs': needs.ip_v6, 'steps': ip_v6 + drop},
        {'needs': needs.date_of_birth, 'steps': date_of_birth + drop},
        {'needs': needs.number, 'steps': masked_ssn + tokens + ip_v4 + ssn + card
            + pii_phone_patterns(o, c) + drop},
        {'needs': needs.address, 'steps': tokens + pii_address_patterns(o, c) + drop},
    ]) -}}
{% endmacro %}
