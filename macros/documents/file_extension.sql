{#- Extension of a file name, in lower case, as docx, pdf, txt or other. Null without a name. -#}
{% macro file_extension(filename) -%}
    case
        when {{ filename }} is null then null
        when {{ fold_text(filename) }} like '%.docx' then 'docx'
        when {{ fold_text(filename) }} like '%.pdf' then 'pdf'
        when {{ fold_text(filename) }} like '%.txt' then 'txt'
        else 'other'
    end
{%- endmacro %}
