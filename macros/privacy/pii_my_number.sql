{#-
    Replace the marked numbers whose check digit fits. From the right, behind the check digit,
    weights are 2 to 7 and 2 to 6; the check digit is eleven less the sum's remainder by eleven, or
    zero where that is ten or eleven (ordinance 85 of 2014, article 5).
-#}
{% macro pii_my_number(expression, placeholder) %}
    {{- return(pii_checked(
        expression,
        placeholder,
        'digit',
        'case when j = 1 then 1 when j < 8 then j else j - 6 end',
        "{total} % 11 in (0, case when {last} = '0' then 1 end)"
    )) -}}
{% endmacro %}
