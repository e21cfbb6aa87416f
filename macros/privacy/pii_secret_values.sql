{#-
    Values after a word that announces a credential. The mark o is for a password, k for any other
    credential, which has a digit and is no identifier.
-#}
{% macro pii_secret_values(o, c, k) %}
    {%- set cues = pii_secret_cues() -%}
    {%- set wall = o ~ c ~ k ~ '\\[\\]' -%}
    {%- set any = '[' ~ o ~ k ~ ']{1,2}' -%}

    {#- Between the word and its value: "password": … config["password"] = … **Password** (new): … -#}
    {%- set closed = '(?:\\\\*["\'`]\\]?|[*_]{1,3}| ?[(（][^"\':()（）\\n' ~ wall ~ ']{1,20}[)）])?' -%}
    {%- set sep = closed ~ '[ \\t]{0,3}(?:[:=：＝]{1,2}|=>|->|→|%3[ADad])(?:[*]{1,3} )?[ \\t]{0,3}' -%}
    {%- set verb = closed ~ '(?: (?:is|was|to)(?: now| set to)?:? |[はが][、:： ]?|>)' -%}
    {%- set blank = '[ 　]' -%}
    {%- set password = '(?:' ~ cues.passwords ~ '(?:' ~ sep ~ '|' ~ verb ~ ')|' ~ cues.short ~ sep ~ ')' -%}
    {%- set token = cues.tokens ~ '(?:' ~ sep ~ '|' ~ verb ~ ')' -%}

    {#- The value: in quotes whatever has no blank, else to the next blank or comma. -#}
    {%- set marks = '"\'`“”‘’「」『』' -%}
    {%- set inside = marks ~ '\\\\ \\t\\r\\n' ~ wall -%}
    {%- set quoted = '(\\\\*[' ~ marks ~ '])([^:=：＝>→%はが、' ~ inside ~ '-][^' ~ inside
        ~ ']{3,})([' ~ marks ~ '\\\\])' -%}
    {%- set start = 'A-Za-z0-9Ａ-Ｚａ-ｚ０-９!#$+/@^_~|' -%}
    {%- set bare = '([' ~ start ~ '.?-][' ~ start ~ '.?*:=%-]{LEAST,}[' ~ start ~ '*=%-])' -%}
    {%- set short, medium, long = bare | replace('LEAST', '2'), bare | replace('LEAST', '4'),
        bare | replace('LEAST', '13') -%}
    {%- set passwords = {
        'find': '(' ~ password ~ ')' ~ short ~ '|(' ~ cues.passwords ~ blank ~ ')' ~ short
            ~ '|((?:' ~ password ~ '|' ~ cues.quoted ~ '))' ~ quoted,
        'put': '\\1\\3\\5\\6' ~ o ~ '\\2\\4\\7' ~ c ~ '\\8',
    } -%}
    {%- set tokens = {
        'find': '(' ~ token ~ ')' ~ medium ~ '|(' ~ cues.tokens ~ blank ~ ')' ~ long
            ~ '|((?:' ~ token ~ '|' ~ cues.tokens ~ blank ~ '?))' ~ quoted,
        'put': '\\1\\3\\5\\6' ~ k ~ '\\2\\4\\7' ~ c ~ '\\8',
    } -%}

    {#- What is none: a call or an index; a variable, a link, stars; for k a number, a colour, an
        identifier; for o a word outside quotes. -#}
    {%- set identifier = '[A-Za-z]+[0-9](?:_?[A-Z]?[a-z]{2,})+|[a-z]+(?:_[a-z]+)*_?[0-9]{1,2}'
        ~ '|[A-Za-z0-9]+[.][A-Za-z_]+[0-9]*[A-Za-z]*' -%}
    {%- set no_secrets = {
        'find': any ~ '([^' ~ wall ~ ']*)' ~ c ~ '([(\\[{])'
            ~ '|' ~ any ~ '([$%{<&][^' ~ wall ~ ']*|(?:https?|file):[^' ~ wall ~ ']*|[*xX•.…#?-]+)' ~ c
            ~ '|' ~ k ~ '([^0-9' ~ wall ~ ']*|[0-9.:/-]*|(?:#|0x)[0-9A-Fa-f]*|' ~ identifier ~ ')' ~ c
            ~ '|(^|[^' ~ marks ~ wall ~ '])' ~ o ~ '([A-Za-z_./:@%=+|-]*)' ~ c,
        'put': '\\1\\2\\3\\4\\5\\6',
    } -%}

    {#- A word that ends the line may be a password after all, but not one of these. -#}
    {%- set words = {
        'find': '(' ~ cues.passwords ~ closed ~ '[ \\t]?[:：][ \\t]?|パスワードは)'
            ~ '([A-Za-z][a-z_-]{4,}[a-z])([.!]?(?:\\r?\\n|$)|です)',
        'put': '\\1' ~ o ~ '\\2' ~ c ~ '\\3',
    } -%}
    {%- set no_words = {
        'find': any ~ '(str|string|bytes?|text|name|user|test|testing|int|number|bool|boolean|any|object'
            ~ '|none|null|nil|undefined|optional|required|false|true|hidden|masked|redacted|missing'
            ~ '|empty|unknown|invalid|incorrect|secret|value|tiger|pass|passphrase|' ~ cues.placeholders
            ~ ')' ~ c,
        'put': '\\1',
    } -%}
    {%- set put = {'find': any ~ '[^' ~ wall ~ ']*' ~ c, 'put': '[REDACTED-SECRET]'} -%}
    {#- Twice: a quote that ends one value may be what has to stand before the next word. -#}
    {{- return([passwords, tokens, passwords, tokens, no_secrets, words, no_words, put,
        {'drop_marks': o ~ c ~ k}]) -}}
{% endmacro %}
