{#-
    Japan's individual numbers: twelve digits near a word that says so, whose check digit fits. A
    tenth of all numbers of twelve digits fit; thirteen digits are a company's, and public.
-#}
{% macro pii_my_number_patterns(o, c, k) %}
    {%- set classes = pii_classes() -%}
    {%- set four = '[' ~ classes.digit ~ ']{4}' -%}
    {%- set joint = '[' ~ classes.blank ~ classes.dash ~ ']?' -%}
    {%- set number = four ~ joint ~ four ~ joint ~ four -%}
    {%- set gap = '[^' ~ classes.digit ~ '\\[\\]' ~ o ~ c ~ k ~ ']{0,20}' -%}
    {%- set cue = pii_my_number_cue() -%}
    {{- return([{
        'find': '(' ~ cue ~ gap ~ ')(' ~ number ~ ')',
        'put': '\\1' ~ k ~ '\\2' ~ c,
    }, {
        'find': '(^|[^' ~ classes.digit ~ 'A-Za-z_.\\]' ~ o ~ c ~ k ~ '-])(' ~ number ~ ')(' ~ gap ~ cue ~ ')',
        'put': '\\1' ~ k ~ '\\2' ~ c ~ '\\3',
    }, {
        'find': k ~ '([^' ~ c ~ k ~ ']*)' ~ c ~ '([' ~ classes.digit ~ 'A-Za-z_\\[-])',
        'put': '\\1\\2',
    }, {'my_number': '[REDACTED-MY-NUMBER]'}, {'drop_marks': o ~ c ~ k}]) -}}
{% endmacro %}
