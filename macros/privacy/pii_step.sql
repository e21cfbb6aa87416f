{#- One step of pii_patterns as a SQL expression around a text. -#}
{% macro pii_step(text, step) %}
    {%- if 'drop_marks' in step -%}
        {{- return("translate(" ~ text ~ ", '" ~ step.drop_marks ~ "', '')") -}}
    {%- elif 'luhn' in step -%}
        {{- return(pii_luhn(text, step.luhn)) -}}
    {%- elif 'my_number' in step -%}
        {{- return(pii_my_number(text, step.my_number)) -}}
    {%- else -%}
        {{- return("regexp_replace(" ~ text ~ ", '" ~ step.find | replace("'", "''") ~ "', '"
            ~ step.put ~ "', 'g')") -}}
    {%- endif -%}
{% endmacro %}
