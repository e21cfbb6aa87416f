{#- Phone numbers among marked tokens: by shape where the shape is enough, else beside a cue. -#}
{% macro pii_phone_patterns(o, c) %}
    {%- set digit, dash = pii_classes().digit, pii_classes().dash -%}
    {%- set blank, dot, wave = pii_classes().blank, pii_classes().dot, pii_classes().wave -%}
    {%- set d = '[' ~ digit ~ ']' -%}
    {%- set next = c ~ '[' ~ blank ~ ']' ~ o -%}
    {%- set gap = '[^' ~ digit ~ o ~ c ~ '\\[\\]]' -%}
    {%- set extension = '(?:x' ~ d ~ '+)?' -%}

    {#- A date has the digits of a phone; it is none. -#}
    {%- set dates = [{
        'find': o ~ ('((?:19|20)[0-9]{2}S[0-9]{1,2}S[0-9]{1,2}'
            ~ '|[0-9]{1,2}S[0-9]{1,2}S(?:19|20)[0-9]{2})')
            | replace('S', '[./' ~ dash ~ ']') ~ c,
        'put': '\\1',
    }] -%}

    {#- North America with separators, Japan by its area code lengths, any number after a +. -#}
    {%- set sep = '(?:' ~ next ~ '|[' ~ blank ~ '.' ~ dash ~ '])' -%}
    {%- set north_america = '(?:(?:00)?1' ~ sep ~ '?)?(?:[(（][2-9]DD[)）](?:[ .' ~ dash ~ ']|' ~ next
        ~ ')?DDD' ~ sep ~ '|[2-9]DD' ~ sep ~ 'DDD[.' ~ dash ~ '])DDDD' -%}
    {%- set japan = [
        'Z[5-9５-９]Z(?:J?DDDDJ?|JDDDDJ)DDDD',
        'Z[346３４６]JDDDDJDDDD',
        'ZNDJDDDJDDDD',
        'ZNDDJDDJDDDD',
        'ZNDDDJDJDDDD',
        'Z(?:[1１][2２]|[5５][7７]|[8８]Z)ZJDDDJDDD',
        'Z[8８]ZZJDDDJDDDD',
        'Z[1１][2２]ZDDDDDD',
    ] | join('|') -%}
    {%- set joint = '(?:' ~ next ~ '|[()（）' ~ dot ~ wave ~ blank ~ dash ~ ']{1,2})' -%}
    {%- set japan = '[(（]?(?:' ~ japan ~ ')' -%}
    {%- set any = '(?:' ~ next ~ '[(（]?|[()（）' ~ dot ~ wave ~ blank ~ dash ~ ']{0,2})D' -%}
    {%- set world = '[+＋](?:1(?:' ~ any ~ '){10}|[2-9２-９](?:' ~ any ~ '){7,13})' -%}
    {%- set national = '(?:' ~ north_america ~ '|' ~ japan ~ ')' -%}
    {%- set shaped = '(?:' ~ national ~ '(?:[/／' ~ dot ~ wave ~ ']' ~ national ~ ')?|' ~ world
        ~ ')' -%}
    {%- set shaped = shaped | replace('N', '[1-9１-９]') | replace('Z', '[0０]') | replace('J', joint)
        | replace('D', d) -%}

    {#- Seven to thirteen digits right after "phone:", "call me at", or before "office". -#}
    {%- set cues = [] -%}
    {%- for cue in ['phone', 'tel', 'telephone', 'mobile', 'cell', 'fax', 'desk', 'pager',
        'whatsapp', 'call me', 'call us', 'text me'] -%}
        {%- do cues.append(pii_any_case(cue)) -%}
    {%- endfor -%}
    {#- Between cue and number: marks and little words, no others ("the phone has 128 256"). -#}
    {%- set mark = '[^' ~ digit ~ 'A-Za-z' ~ o ~ c ~ '\\[\\]]' -%}
    {%- set near = mark ~ '{0,4}(?:(?:number|no|is|was|at|on|to|back|me|us|him|her)' ~ mark
        ~ '{1,4}){0,3}' -%}
    {%- set any = any | replace('D', '[/／]?' ~ d) -%}
    {%- set number = o ~ '[+＋]?[(（]?' ~ d ~ '(?:' ~ any ~ '){6,12}' ~ extension ~ c -%}
    {#- Seven digits at least, in groups. -#}
    {%- set first = '[(（]?' ~ d ~ '{2,5}(?:' ~ next ~ '|[-.()（）][ ]?)' ~ d -%}
    {%- set grouped = '(?:' ~ first ~ '(?:' ~ any ~ '){4,9}|' ~ first | replace('{2,5}', '{3}')
        ~ '(?:' ~ any ~ '){3})' ~ extension ~ c -%}
    {%- set ten = o ~ '1?[2-9][0-9]{2}[2-9][0-9]{6}' ~ c -%}
    {%- set cued = [{
        'find': '((?:^|[^A-Za-z' ~ o ~ c ~ '])(?:' ~ cues | join('|') ~ ')' ~ near ~ ')' ~ number
            ~ '|((?:registered|messages? to|answering at|[Rr]each|[Cc]ontact|[Cc]allback|[Dd]ial)'
            ~ near ~ ')' ~ o ~ grouped
            ~ '|((?:[Cc]all|[Dd]ial|[Rr]each|[Cc]ontact|[Rr]ing|[Tt]ext|SMS)' ~ near ~ ')' ~ ten
            ~ '|((?:電話|携帯|連絡先|ＴＥＬ|ＦＡＸ|℡|☎|📞|フリーダイヤル)' ~ gap ~ '{0,12})' ~ o
            ~ '[(（]?[0０](?:[1-689１-６８９]|[7７]' ~ d ~ ')(?:' ~ any ~ '){8,9}' ~ c,
        'put': '\\1\\2\\3\\4[REDACTED-PHONE]',
    }, {
        'holds': ['+'],
        'find': '((?:(?:^|[^A-Za-z])[A-Za-z]|[)\\]]) ?[=*/] ?)' ~ o ~ '([+][0-9]+)' ~ c,
        'put': '\\1\\2',
    }, {
        'find': o ~ shaped ~ extension ~ c,
        'put': '[REDACTED-PHONE]',
    }, {
        'find': o ~ '(?:' ~ grouped ~ '|[0-9]{10,13}' ~ extension ~ c ~ ')'
            ~ '([ -](?:[Oo]ffice|[Ff]ax|[Mm]obile|[Ww]ork|[Hh]ome|[Cc]ell|ext)(?:[^A-Za-z]|$))',
        'put': '[REDACTED-PHONE]\\1',
    }] -%}

    {{- return(dates + cued) -}}
{% endmacro %}
