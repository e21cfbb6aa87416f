{#-
    Numbers as tokens between marks: digits joined by - . / and by brackets that close again, maybe
    + before, x12 behind. A bracket around the whole stays outside. Unmarked: what a letter touches
    (v1.2.3.4, SKU-555-…, …-A), but not "-Office", nor a word for a phone or a card (TEL03-…); or an
    address that is redacted, whose letters may have.
-#}
{% macro pii_number_tokens(o, c, k) %}
    {%- set classes = pii_classes() -%}
    {%- set d = '[' ~ classes.digit ~ ']' -%}
    {%- set joint = '[/／' ~ classes.dot ~ classes.wave ~ classes.dash ~ ']' -%}
    {%- set group = '[(（]' ~ d ~ '{1,5}[)）]' -%}
    {%- set blank = '[' ~ classes.blank ~ ']' -%}
    {%- set labels = ['TEL', 'Tel', 'tel', 'FAX', 'Fax', 'fax', 'Phone', 'phone', 'PHONE', 'Mobile',
        'mobile', 'SSN', 'ssn', 'IP', 'Card', 'card', 'CARD'] -%}
    {{- return([{
        'find': '([+＋]?(?:' ~ group ~ '(?:' ~ joint ~ '|' ~ blank ~ ')?)?' ~ d ~ '+(?:(?:' ~ joint
            ~ '|' ~ joint ~ '?' ~ group ~ '(?:' ~ joint ~ '|' ~ blank ~ ')?)' ~ d
            ~ '+)*(?:x' ~ d ~ '+)?)',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': '((?:^|[^A-Za-z' ~ o ~ c ~ '])(?:' ~ labels | join('|') ~ ')[.-]?)' ~ o,
        'put': '\\1' ~ k ~ o,
        'holds': labels,
    }, {
        'find': '([A-Za-z_][-./]?|ADDRESS\\])' ~ o ~ '([^' ~ o ~ c ~ ']*)' ~ c,
        'put': '\\1\\2',
    }, {
        'find': c ~ '([A-Za-z_]|\\[REDACTED-A|-[A-Za-z](?:[^A-Za-z' ~ o ~ ']|$))',
        'put': '\\1',
    }, {'drop_marks': k}]) -}}
{% endmacro %}
