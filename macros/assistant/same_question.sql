{#-
    Condition that joins rows to keyed_questions. A question of no kind is one too: an equality would
    lose its rows.
-#}
{% macro same_question(one, other) -%}
    {{ one }}.query = {{ other }}.query
    and {{ one }}.query_type is not distinct from {{ other }}.query_type
{%- endmacro %}
