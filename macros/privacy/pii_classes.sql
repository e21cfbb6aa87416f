{#-
    What people type for a digit, a dash, a blank or an at sign, as the inside of a character class
    (at: an alternation; dash goes last, it ends with a hyphen). So full-width digits, and dashes
    and blanks of other keyboards, need no folded copy, and what is no PII stays as it was written.
-#}
{% macro pii_classes() %}
    {{- return({
        'digit': '0-9０-９',
        'dash': '‐‑‒–—―−﹣－ー-',
        'blank': ' \u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000',
        'dot': '.．・･',
        'wave': '～〜',
        'at': '(?:[@＠﹫]|%40|&#64;|&#x40;|&commat;)',
    }) -}}
{% endmacro %}
