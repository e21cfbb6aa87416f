{#-
    E-mail addresses: marked, unmarked where another thing has their shape, replaced.

    A Japanese word may stand right before the local part, so that is of one script or the other;
    the domain may be of any. Cyrillic in both: it has look-alikes of Latin letters.
-#}
{% macro pii_email_patterns(o, c) %}
    {%- set inside = '[^' ~ o ~ c ~ ']*' -%}
    {%- set plain = "[A-Za-z0-9_À-ӿ][A-Za-z0-9À-ӿ._%+&!#$*^~'’-]*" -%}
    {%- set quoted = '"[^"@＠\\n\\[\\]' ~ o ~ c ~ ']{1,64}"' -%}
    {%- set japanese = '[々ぁ-ゖァ-ヺー一-鿿]{1,16}' -%}
    {%- set label = '[A-Za-z0-9À-ӿ々ぁ-ゖァ-ヺー一-鿿-]+[.．]' -%}
    {%- set last = '(?:[Xx][Nn]--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24}|[Ѐ-ӿ]{2,24})' -%}
    {#- icon@2x.png, react@18.2.0.tar.gz; of what is a country too, only foo@bar.py. -#}
    {%- set files = '(?:png|jpe?g|gif|svg|webp|ico|pyc|jsx?|tsx?|css|html?|json|ya?ml|toml|txt|csv'
        ~ '|log|tar|gz|tgz|bz2|exe|dll|jar|war|php|cpp|hpp|java|ipynb|lock|whl)' -%}
    {%- set one_label = '[^@.' ~ o ~ c ~ ']*@[^.' ~ o ~ c ~ ']*[.]' -%}
    {{- return([{
        'find': '((?:' ~ plain ~ '|' ~ quoted ~ '|' ~ japanese ~ ')' ~ pii_classes().at ~ '(?:'
            ~ label ~ ')+' ~ last ~ ')',
        'put': o ~ '\\1' ~ c,
    }, {
        'find': o ~ '(' ~ inside ~ '[.]' ~ files ~ '|' ~ one_label ~ '(?:py|sh|md|so|rb)|git@'
            ~ inside ~ ')' ~ c,
        'put': '\\1',
    }, {
        'find': '(\\\\)' ~ o ~ '([nrt]@' ~ inside ~ ')' ~ c ~ '|' ~ o ~ '(' ~ one_label
            ~ '[a-z_]{5,24})' ~ c ~ '([(])|' ~ o ~ '(' ~ inside ~ ')' ~ c ~ '(:[~/]|:[A-Za-z_-]+/)',
        'put': '\\1\\2\\3\\4\\5\\6',
    }, {
        'find': o ~ inside ~ c,
        'put': '[REDACTED-EMAIL]',
    }]) -}}
{% endmacro %}
