{#-
    Bank account numbers (IBAN) in the form their country gives them (SWIFT's registry: n digits,
    a letters, c either), with blanks, without, or with hyphens; or of any form after the word. Not
    checked by mod 97: of what has a country's exact form nearly all is one, and a mistyped one
    tells as much.
-#}
{% macro pii_iban_patterns(o, c) %}
    {%- set digits = pii_classes().digit -%}
    {%- set d = '[' ~ digits ~ ']' -%}
    {%- set joint = '[' ~ pii_classes().blank ~ pii_classes().dash ~ ']?' -%}
    {%- set forms = {
        '11n': 'NO', '12n': 'BE', '14n': 'DK FI FO GL', '15n': 'SI', '16n': 'AT BA EE LT XK',
        '17n': 'HR', '18n': 'CR DE ME RS VA', '19n': 'AE IL TL', '20n': 'CZ ES SE SK TN',
        '21n': 'LY PT', '22n': 'IS', '23n': 'MR', '24n': 'HU PL', '25n': 'EG',
        '23n 1a 1c': 'BR', '8n 12c': 'AD', '8n 16c': 'AL CY', '5n 12c': 'CH LI', '10n 11c 2n': 'FR MC',
        '7n 16c': 'GR', '3n 13c': 'KZ LU', '4n 20c': 'LB', '3n 10c 2n': 'MK', '2n 18c': 'SA',
        '6n 16c': 'TR', '6n 19c': 'UA', '4a 14n': 'GB IE', '4a 10n': 'NL', '4a 15n': 'IQ',
        '4a 16n': 'VG', '4a 20n': 'SV', '4a 19n 3a': 'MU', '4a 20n 3a': 'SC', '2a 16n': 'GE',
        '1a 10n 12c': 'IT SM', '4a 6n 8c': 'BG', '4a 5n 18c': 'MT', '4a 4n 18c': 'JO', '4a 13c': 'LV',
        '4a 16c': 'PK RO', '4a 20c': 'AZ', '4a 21c': 'PS QA', '4a 22c': 'KW', '4a 14c': 'BH',
        '4a 15c': 'GI', '4a 24c': 'LC', '4c 20n': 'DO', '24c': 'GT', '4c 4n 16c': 'BY', '20c': 'MD',
    } -%}
    {%- set classes = {'n': d, 'a': '[A-Za-z]', 'c': '[A-Za-z' ~ digits ~ ']'} -%}
    {%- set found = [] -%}
    {%- for form, countries in forms.items() -%}
        {%- set names = [] -%}
        {%- for country in countries.split() -%}
            {%- do names.append(pii_any_case(country)) -%}
        {%- endfor -%}
        {%- set parts = [] -%}
        {%- for part in form.split() -%}
            {%- do parts.append('(?:' ~ joint ~ classes[part[-1]] ~ '){' ~ part[:-1] ~ '}') -%}
        {%- endfor -%}
        {%- do found.append('(?:' ~ names | join('|') ~ ')' ~ d ~ '{2}' ~ parts | join) -%}
    {%- endfor -%}
    {%- set put = '[REDACTED-IBAN]' -%}
    {{- return([{
        'find': '(^|[^A-Za-z_\\]' ~ digits ~ o ~ c ~ '-])(' ~ found | join('|') ~ ')',
        'put': '\\1' ~ o ~ '\\2' ~ c,
    }, {
        'find': c ~ '(-?[A-Za-z_\\[' ~ digits ~ '])',
        'put': '\\1',
    }, {
        'find': o ~ '[^' ~ o ~ c ~ ']*' ~ c,
        'put': put,
    }, {
        'find': '(' ~ pii_any_case('iban') ~ '[^A-Za-z\\[\\]' ~ digits ~ ']{1,6}(?:is |no[.]? )?)'
            ~ '(?:[A-Z]{2}' ~ d ~ '{2}(?:' ~ joint ~ '[A-Z' ~ digits ~ ']){11,30}|[a-z]{2}' ~ d
            ~ '{2}[a-z' ~ digits ~ ']{11,30})',
        'put': '\\1' ~ put,
    }]) -}}
{% endmacro %}
