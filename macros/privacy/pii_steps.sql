{#-
    The steps of pii_patterns in SQL: nested in one another around a text expression, or, with
    nested=false, as a list of expressions that each read the same variable.
-#}
{% macro pii_steps(expression, nested=true) %}
    {%- set sql = ["translate(" ~ expression ~ ", '\ufdd0\ufdd1', '')"] -%}
    {%- for step in pii_patterns() -%}
        {%- set text = sql[-1] if nested else expression -%}
        {%- if 'drop_marks' in step -%}
            {%- do sql.append("translate(" ~ text ~ ", '" ~ step.drop_marks ~ "', '')") -%}
        {%- elif 'luhn' in step -%}
            {%- do sql.append(pii_luhn(text, step.luhn)) -%}
        {%- else -%}
            {%- do sql.append("regexp_replace(" ~ text ~ ", '" ~ step.find | replace("'", "''")
                ~ "', '" ~ step.put ~ "', 'g')") -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(sql[-1] if nested else sql) -}}
{% endmacro %}
