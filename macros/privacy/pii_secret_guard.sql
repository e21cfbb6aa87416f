{#-
    What a text without a digit or an @ must hold for pii_secret_patterns to change it. PostgreSQL
    looks for it first.
-#}
{% macro pii_secret_guard() %}
    {{- return([
        pii_any_case('pass'), '[Pp][Ww]', 'PIN', pii_any_case('identified by'), 'パス',
        '暗証', 'ﾊﾟｽ', '密', '비밀',
        ' -u |--user', '[_.-][A-Za-z_-]{16}', 'A[KS]IA|AIza|ATBB|AKCp|FLWSECK|dapi', 'hooks',
        'eyJ', 'PRIVATE KEY',
    ] | join('|')) -}}
{% endmacro %}
