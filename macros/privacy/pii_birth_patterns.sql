{#-
    Marks dates. A date is one of birth only beside a word that says so. A time of day belongs to
    its date, unless it runs on into another number.
-#}
{% macro pii_birth_patterns(o, c) %}
    {%- set digit = pii_classes().digit -%}
    {%- set d = '[' ~ digit ~ ']' -%}
    {%- set sep = '[ ]?[./．／' ~ pii_classes().dash ~ '][ ]?' -%}
    {%- set months = [] -%}
    {%- for month in 'jan feb mar apr may jun jul aug sep oct nov dec okt dez mai'.split() -%}
        {%- do months.append(pii_any_case(month)) -%}
    {%- endfor -%}
    {#- German, French and Spanish ones too. -#}
    {%- set month = '(?:' ~ months | join('|') ~ '|[Mm]är|[Ff]év|[Aa]vr|[Jj]ui|[Aa]oû|[Dd]éc|[Ee]ne'
        ~ '|[Aa]br|[Aa]go|[Dd]ic)[a-zé]{0,6}[.]?' -%}
    {%- set day = d ~ '{1,2}(?:st|nd|rd|th|er|[.])?' -%}
    {%- set era = '[明大昭平令][治正和成]' -%}
    {%- set number = '[' ~ digit ~ '〇一二三四五六七八九十]{1,3}' -%}
    {%- set clock = '(?:[T ]' ~ d ~ '{2}:' ~ d ~ '{2}(?::' ~ d ~ '{2}(?:[.]' ~ d
        ~ '+)?)?(?:Z|[+-]' ~ d ~ '{2}:?' ~ d ~ '{2})?)?' -%}
    {%- set dates = [
        '(?:' ~ era ~ '|[MTSHRmtshrＭＴＳＨＲ])?[.]?' ~ d ~ '{1,4}(?:' ~ sep ~ d ~ '{1,4}){2}' ~ clock,
        '(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])',
        day ~ '[ /.-](?:of |de )?' ~ month ~ '(?:,| de)?[ /-]' ~ "'?" ~ d ~ '{2,4}',
        month ~ '[ -]' ~ day ~ ",?[ -]'?" ~ d ~ '{2,4}',
        d ~ '{4}[ /-]' ~ month ~ '[ /-]' ~ day,
        '(?:' ~ d ~ '{4}|[〇一二三四五六七八九]{4}|' ~ era ~ '(?:' ~ number ~ '|元))[ ]?年[ ]?' ~ number
            ~ '[ ]?月[ ]?' ~ number ~ '[ ]?日',
    ] -%}
    {%- set born = '(' ~ pii_cues().born ~ '[^' ~ digit ~ o ~ c ~ '\\[\\]]{0,40})' -%}
    {%- set marked = o ~ '[^' ~ o ~ c ~ ']*' ~ c -%}
    {{- return([{
        'find': '(' ~ dates | join('|') ~ ')',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': o ~ '([^' ~ o ~ c ~ ']*)([T ]' ~ d ~ '{2}:[^' ~ o ~ c ~ ']*)' ~ c ~ '([-/.]' ~ d ~ ')',
        'put': o ~ '\\1' ~ c ~ '\\2\\3',
    }, {
        'find': '([A-Za-z' ~ digit ~ '_\\]][-/.]?)' ~ o ~ '([^' ~ o ~ c ~ ']*)' ~ c,
        'put': '\\1\\2',
    }, {
        'find': o ~ '([^' ~ o ~ c ~ ']*)' ~ c ~ '([-/.]?[A-Za-z' ~ digit ~ '_\\[])',
        'put': '\\1\\2',
    }, {
        'find': born ~ marked,
        'put': '\\1[REDACTED-DATE-OF-BIRTH]',
    }, {
        'find': c ~ '(生[ァ-ヿ一-鿿])',
        'put': '\\1',
    }, {
        'find': marked ~ '(' ~ pii_cues().born_after ~ ')',
        'put': '[REDACTED-DATE-OF-BIRTH]\\1',
    }]) -}}
{% endmacro %}
