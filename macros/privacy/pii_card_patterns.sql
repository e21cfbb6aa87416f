{#-
    Payment cards among marked number tokens: the digits an issuer uses, in the length and groups
    its cards have, get the mark k, and SQL counts Luhn, which a tenth of all numbers pass. Without
    groups only 16 digits are a shape of their own, and American Express, old Visa and JCB; other
    lengths need a word for a card nearby: so do identifiers of phones (IMEI) and of posts.
-#}
{% macro pii_card_patterns(o, c, k) %}
    {%- set d = '[' ~ pii_classes().digit ~ ']' -%}
    {%- set next = c ~ '([' ~ pii_classes().blank ~ '])' ~ o -%}
    {%- set s = '[' ~ pii_classes().blank ~ pii_classes().dash ~ ']' -%}
    {%- set far = '[^0-9０-９\\n\\[\\]' ~ o ~ c ~ k ~ ']{0,40}' -%}
    {#- D a digit, T four, S what stands between groups; the others themselves, in either width. -#}
    {%- set shapes = namespace(text=[
        '(?:4DD|5(?:1|2|3|4|5)D|2(?:2|3|4|5|6|7)D|35D|6DD)D(?:TTT|STSTST)',
        '4(?:0|1|2|3|4|6|7|8)DDTTD|4DDDSTSTSD',
        '3(?:4|7)DD(?:TTDDD|STDDSTD|STSTSDDD)',
        '(?:1800|2131)(?:TTDDD|STSTSDDD)',
        '(?:(?:36|38|39)D|30(?:0|1|2|3|4|5|9))D(?:STDDST|STSTSDD)',
        '(?:62|50|56|57|58|63|67)DDSTSTSTSDDD',
    ] | join('|')) -%}
    {%- for wide in '０１２３４５６７８９' -%}
        {%- set shapes.text = shapes.text
            | replace(loop.index0 ~ '', '[' ~ loop.index0 ~ wide ~ ']') -%}
    {%- endfor -%}
    {%- set shapes = shapes.text | replace('T', 'DDDD') | replace('D', d) | replace('S', s) -%}
    {%- set cued = '(?:[2-6２-６]' ~ d ~ '{11,18}|0604' ~ d ~ '{8,15})' ~ c -%}
    {%- set cards = pii_cues().cards -%}
    {{- return([{
        'digits': 12,
        'find': o ~ '([1-6１-６]' ~ d ~ '{3})' ~ next ~ '(' ~ d ~ '{4,6})' ~ next ~ '(' ~ d
            ~ '{4,5})(?:' ~ next ~ '(' ~ d ~ '{1,4}))?' ~ c,
        'put': o ~ '\\1\\2\\3\\4\\5\\6\\7' ~ c,
    }, {
        'digits': 12,
        'find': o ~ '([5６6５][^' ~ o ~ c ~ ']{18})' ~ next ~ '(' ~ d ~ '{3})' ~ c,
        'put': o ~ '\\1\\2\\3' ~ c,
    }, {
        'digits': 12,
        'find': o ~ '((?:' ~ shapes ~ ')' ~ c ~ ')',
        'put': k ~ '\\1',
    }, {
        'digits': 12,
        'find': '(' ~ cards ~ far ~ ')' ~ o ~ '(' ~ cued ~ ')',
        'put': '\\1' ~ k ~ '\\2',
    }, {
        'digits': 12,
        'find': '(^|[^' ~ k ~ '])' ~ o ~ '(' ~ cued ~ far ~ cards ~ ')',
        'put': '\\1' ~ k ~ '\\2',
    }, {'digits': 12, 'luhn': '[REDACTED-CREDIT-CARD]'}]) -}}
{% endmacro %}
