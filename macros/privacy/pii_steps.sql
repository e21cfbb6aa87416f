{#- Nest the steps of pii_patterns around a SQL text expression. -#}
{% macro pii_steps(expression) %}
    {%- set sql = ["translate(" ~ expression ~ ", '\ufdd0\ufdd1', '')"] -%}
    {%- for step in pii_patterns() -%}
        {%- if 'drop_marks' in step -%}
            {%- do sql.append("translate(" ~ sql[-1] ~ ", '" ~ step.drop_marks ~ "', '')") -%}
        {%- elif 'luhn' in step -%}
            {%- do sql.append(pii_luhn(sql[-1], step.luhn, step.put)) -%}
        {%- else -%}
            {%- do sql.append("regexp_replace(" ~ sql[-1] ~ ",\n    '"
                ~ step.find | replace("'", "''") ~ "', '" ~ step.put ~ "', 'g')") -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(sql[-1]) -}}
{% endmacro %}
