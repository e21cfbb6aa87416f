{#-
    A question as analysts compare it. Letter case (ASCII), runs of white space and closing
    punctuation make no difference.
-#}
{% macro normalize_query(text) -%}
    rtrim({{ fold_text(collapse_blanks(text)) }}, ' .?!。？！')
{%- endmacro %}
