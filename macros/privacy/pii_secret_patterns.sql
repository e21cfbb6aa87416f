{#-
    Credentials: by a shape of their own, beside a login, or after a word that announces one. Marked
    values that are placeholders, words or code lose their marks again.
-#}
{% macro pii_secret_patterns(o, c, k) %}
    {%- set wall = o ~ c ~ k ~ '\\[\\]' -%}

    {#- Lines of base64, with line ends that may be escaped, quoted or gone; whole or cut off. -#}
    {%- set break = '(?:\\\\+[nrt]|[ \\t\\r\\n>"\'+,#*])' -%}
    {%- set header = '(?:' ~ break ~ '*[A-Z][A-Za-z-]+: [^\\\\\\r\\n' ~ wall ~ ']+(?:\\\\+[nr]|[\\r\\n]))' -%}
    {%- set line = '(?:' ~ break ~ '*[A-Za-z0-9/+=]{20,})' -%}
    {%- set last = '(?:' ~ break ~ '*[A-Za-z0-9/+=]{1,19})' -%}
    {%- set pem = {
        'find': '-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----' ~ header ~ '*' ~ line ~ '+(?:'
            ~ last ~ '{0,2}' ~ break ~ '*-----END[A-Z0-9 -]*|' ~ last ~ '$)?',
        'put': '[REDACTED-SECRET]',
    } -%}

    {#- The 40 characters that belong to an AWS key stand behind it, whatever they are called. -#}
    {%- set other = '[^A-Za-z0-9/+' ~ wall ~ ']+' -%}
    {%- set aws = {
        'find': '((?:AKIA|ASIA)[A-Z0-9]{16})(' ~ other ~ '(?:[A-Za-z_]+' ~ other
            ~ '){0,4})([A-Za-z0-9/+]{40,})',
        'put': o ~ '\\1' ~ c ~ '\\2' ~ o ~ '\\3' ~ c,
    } -%}

    {#- user:password@ in a URL, curl's -u user:password: two marks, for it may be a word. -#}
    {%- set logins = {
        'find': '(://[^/?#@: "\'`<>\\n' ~ wall ~ ']*:)([^/ "\'`<>\\n' ~ wall ~ ']+)(@)'
            ~ '|( (?:-u|--user)[ =]["\']?[A-Za-z0-9._-]+:)([A-Za-z0-9._~+/=:!#$%*@-]{4,})',
        'put': '\\1\\4' ~ o ~ o ~ '\\2\\5' ~ c ~ '\\3',
    } -%}
    {%- set bearers = {
        'find': '((?:[Bb]earer|BEARER)(?: |%20|[+])+)([A-Za-z0-9._~+/=-]{16,})'
            ~ '|([Aa]uthorization["\']? ?[:=] ?["\']?(?:[Bb]earer|[Bb]asic|[Tt]oken|[Aa]pi[Kk]ey'
            ~ '|[Kk]ey) )([A-Za-z0-9._~+/=:-]{6,})',
        'put': '\\1\\3' ~ k ~ '\\2\\4' ~ c,
    } -%}
    {{- return(
        [pem, aws] + pii_secret_shapes(o, c) + [logins, bearers] + pii_secret_values(o, c, k)
    ) -}}
{% endmacro %}
