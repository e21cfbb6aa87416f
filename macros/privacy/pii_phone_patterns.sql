{#- Phone numbers among marked tokens: by shape where the shape is enough, else beside a cue. -#}
{% macro pii_phone_patterns(o, c) %}
    {%- set d = '[0-9０-９]' -%}
    {%- set next = c ~ ' ' ~ o -%}
    {%- set gap = '[^0-9０-９' ~ o ~ c ~ '\\[\\]]' -%}
    {%- set extension = '(?:x' ~ d ~ '+)?' -%}

    {#- A date has the digits of a phone; it is none. -#}
    {%- set dates = [{
        'find': o ~ '((?:19|20)[0-9]{2}[-./][0-9]{1,2}[-./][0-9]{1,2}'
            ~ '|[0-9]{1,2}[-./][0-9]{1,2}[-./](?:19|20)[0-9]{2})' ~ c,
        'put': '\\1',
    }] -%}

    {#- North America with separators, Japan by its area code lengths, any number after a +. -#}
    {%- set sep = '(?:' ~ next ~ '|[-. ])' -%}
    {%- set north_america = '(?:(?:00)?1' ~ sep ~ '?)?(?:[(][2-9][0-9]{2}[)](?:[ -]|' ~ next
        ~ ')?|[2-9][0-9]{2}' ~ sep ~ ')[0-9]{3}[-.][0-9]{4}' -%}
    {%- set japan = [
        '0[5789５７８９]0(?:J?DDDDJ?|S)DDDD',
        '0[346３４６]JDDDDJDDDD',
        '0NDJDDDJDDDD',
        '0NDDJDDJDDDD',
        '0NDDDJDJDDDD',
        '0(?:12|57|80)0JDDDJDDD',
        '0800JDDDJDDDD',
        '0120DDDDDD',
    ] | join('|') | replace('N', '[1-9１-９]') -%}
    {%- set japan = japan | replace('S', next ~ 'DDDD' ~ next)
        | replace('J', '[-.()（）‐−ー－]') | replace('D', d) -%}
    {%- set any = '(?:' ~ next ~ '[(]?|[-.()（）‐−ー－ ]{0,2})' ~ d -%}
    {%- set shaped = [{
        'find': o ~ '(?:' ~ north_america ~ '|' ~ japan ~ '|[+＋]' ~ d ~ '(?:' ~ any ~ '){7,12})'
            ~ extension ~ c,
        'put': '[REDACTED-PHONE]',
    }] -%}

    {#- Seven to thirteen digits right after "phone:", "call me at", or before "office". -#}
    {%- set cues = [] -%}
    {%- for cue in ['phone', 'tel', 'telephone', 'mobile', 'cell', 'fax', 'desk', 'pager',
        'whatsapp', 'call me', 'call us', 'text me'] -%}
        {%- do cues.append(pii_any_case(cue)) -%}
    {%- endfor -%}
    {#- Between cue and number: marks and little words, no others ("the phone has 128 256"). -#}
    {%- set mark = '[^0-9０-９A-Za-z' ~ o ~ c ~ '\\[\\]]' -%}
    {%- set near = mark ~ '{0,4}(?:(?:number|no|is|was|at|on|to|back)' ~ mark ~ '{1,4}){0,3}' -%}
    {%- set number = o ~ '[(]?' ~ d ~ '(?:' ~ any ~ '){6,12}' ~ extension ~ c -%}
    {%- set grouped = o ~ '[(]?' ~ d ~ '{2,5}(?:' ~ next ~ '|[-.()][ ]?)' ~ d ~ '(?:' ~ any
        ~ '){4,9}' ~ extension ~ c -%}
    {%- set cued = [{
        'find': '((?:^|[^A-Za-z])(?:' ~ cues | join('|') ~ ')' ~ near ~ ')' ~ number
            ~ '|((?:registered|messages? to|answering at|[Rr]each (?:me|us|him|her) (?:at|on)'
            ~ '|[Cc]ontact|[Cc]allback|[Dd]ial)' ~ near ~ ')' ~ grouped
            ~ '|((?:電話|携帯|連絡先|ＴＥＬ|ＦＡＸ)' ~ gap ~ '{0,8})' ~ o
            ~ '[0０][1-689１-６８９](?:' ~ any ~ '){8,9}' ~ c,
        'put': '\\1\\2\\3[REDACTED-PHONE]',
    }, {
        'find': number ~ '([ -](?:[Oo]ffice|[Ff]ax|[Mm]obile|[Ww]ork|[Hh]ome|[Cc]ell|ext))',
        'put': '[REDACTED-PHONE]\\1',
    }] -%}

    {{- return(dates + shaped + cued) -}}
{% endmacro %}
