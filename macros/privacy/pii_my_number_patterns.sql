{#-
    Japan's individual numbers: twelve digits near a word that says so, whose check digit fits. A
    tenth of all numbers of twelve digits fit; thirteen digits are a company's, and public.
-#}
{% macro pii_my_number_patterns(o, c, k) %}
    {%- set four = '[0-9０-９]{4}' -%}
    {%- set joint = '[ 　‐‑–−－ー-]?' -%}
    {%- set number = four ~ joint ~ four ~ joint ~ four -%}
    {%- set gap = '[^0-9０-９\\[\\]' ~ o ~ c ~ k ~ ']{0,20}' -%}
    {%- set cue = pii_my_number_cue() -%}
    {{- return([{
        'find': '(' ~ cue ~ gap ~ ')(' ~ number ~ ')',
        'put': '\\1' ~ k ~ '\\2' ~ c,
    }, {
        'find': '(^|[^0-9０-９A-Za-z_.\\]' ~ o ~ c ~ k ~ '-])(' ~ number ~ ')(' ~ gap ~ cue ~ ')',
        'put': '\\1' ~ k ~ '\\2' ~ c ~ '\\3',
    }, {
        'find': k ~ '([^' ~ c ~ k ~ ']*)' ~ c ~ '([0-9０-９A-Za-z_\\[-])',
        'put': '\\1\\2',
    }, {'my_number': '[REDACTED-MY-NUMBER]'}, {'drop_marks': o ~ c ~ k}]) -}}
{% endmacro %}
