{#-
    Replace the tokens marked as cards that pass Luhn. From the right, every second digit is doubled
    and the digits of that added: 246813579 is the table of it.
-#}
{% macro pii_luhn(expression, placeholder) %}
    {{- return(pii_checked(
        expression,
        placeholder,
        "case when j % 2 = 1 then digit else translate(digit, '123456789', '246813579') end",
        '1',
        '{total} % 10 = 0'
    )) -}}
{% endmacro %}
