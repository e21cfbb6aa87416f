{#-
    One regular expression for what any group needs, and for marks, which no text keeps. Most texts
    match nothing of it, so redacting them costs one pass of a finite automaton.
-#}
{% macro pii_prefilter() %}
    {{- return((pii_needs().values() | join('|')) ~ '|[' ~ pii_marks() ~ ']') -}}
{% endmacro %}
