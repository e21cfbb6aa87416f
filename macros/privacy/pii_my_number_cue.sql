{#- The words for Japan's individual number, as an alternation. -#}
{% macro pii_my_number_cue() %}
    {{- return('(?:マイナンバー|マイナ番号|個人番号|個人ナンバー|ﾏｲﾅﾝﾊﾞｰ|' ~ pii_any_case('my') ~ '[ _-]?'
        ~ pii_any_case('number') ~ '|' ~ pii_any_case('individual') ~ '[ _-]?' ~ pii_any_case('number') ~ ')') -}}
{% endmacro %}
