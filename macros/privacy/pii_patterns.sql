{#-
    All types as groups of steps, in order, read by both engines. A group changes no text in
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
    {%- set digit, dash = pii_classes().digit, pii_classes().dash -%}
    {%- set next = c ~ '[' ~ pii_classes().blank ~ ']' ~ o -%}
    {%- set drop = [{'drop_marks': o ~ c}] -%}

    {#- With its first digits masked; marked first, or two would share a delimiter. -#}
    {%- set masks = ['XX', 'Xx', 'xX', 'xx', '**', 'X*', 'x*', '*X', '*x'] -%}
    {%- set masked_ssn = [{
        'find': '([Xx*]{3}[' ~ dash ~ '][Xx*]{2}[' ~ dash ~ '][0-9]{4})',
        'put': o ~ '\\1' ~ c,
        'holds': masks,
    }, {
        'holds': masks,
        'find': c ~ '([.]?[' ~ digit ~ 'A-Za-z_/(（\\[' ~ dash ~ '])',
        'put': '\\1',
    }, {
        'find': o ~ '[^' ~ o ~ c ~ ']*' ~ c,
        'put': '[REDACTED-SSN]',
        'holds': masks,
    }] -%}

    {#- Hyphens alone are enough; dots, spaces or nothing between only after its name. Areas 000 and
        666 are never given out; 9xx is kept, for tax numbers have that form. -#}
    {%- set d, nought, six = '[' ~ digit ~ ']', '[0０]', '[6６]' -%}
    {%- set not_nought, not_six = '[1-9１-９]', '[0-57-9０-５７-９]' -%}
    {%- set area = '(?:' ~ [
        nought ~ nought ~ not_nought, nought ~ not_nought ~ d, six ~ six ~ not_six,
        six ~ not_six ~ d, '[1-57-9１-５７-９]' ~ d ~ d,
    ] | join('|') ~ ')' -%}
    {%- set joint = '(?:' ~ next ~ '|[.' ~ dash ~ '])?' -%}
    {%- set ssn = [{
        'digits': 9,
        'find': o ~ area ~ '[' ~ dash ~ ']' ~ d ~ '{2}[' ~ dash ~ ']' ~ d ~ '{4}' ~ c,
        'put': '[REDACTED-SSN]',
    }, {
        'holds': ['SN', 'Sn', 'sN', 'sn', 'OCIAL', 'ocial'],
        'find': '(' ~ pii_cues().ssn ~ '[^' ~ digit ~ o ~ c ~ '\\[\\]]{0,20})' ~ o ~ area ~ joint
            ~ d ~ '{2}' ~ joint ~ d ~ '{4}' ~ c,
        'put': '\\1[REDACTED-SSN]',
    }] -%}

    {#- The numbers' marks go and come again, so an address reads what is left of the numbers. -#}
    {%- set tokens = pii_number_tokens(o, c, k) -%}
    {%- set needs = pii_needs() -%}
    {{- return([
        {'needs': needs.secret, 'steps': pii_secret_patterns(o, c, k)},
        {'needs': needs.iban, 'steps': pii_iban_patterns(o, c)},
        {'needs': needs.my_number, 'steps': pii_my_number_patterns(o, c, k)},
        {'needs': needs.email, 'steps': pii_email_patterns(o, c) + drop},
        {'needs': needs.ip_v6, 'steps': pii_ip_v6_patterns(o, c) + drop},
        {'needs': needs.japanese_address, 'steps': pii_japanese_address_patterns(o, c, k) + drop},
        {'needs': needs.date_of_birth, 'steps': pii_birth_patterns(o, c) + drop},
        {'needs': needs.number, 'steps': masked_ssn + drop + tokens + ssn
            + pii_card_patterns(o, c, k) + pii_phone_patterns(o, c) + drop},
        {'needs': needs.address, 'steps': tokens + pii_address_patterns(o, c) + drop},
        {'needs': needs.ip_v4, 'steps': tokens + pii_ip_v4_patterns(o, c) + drop},
    ]) -}}
{% endmacro %}
