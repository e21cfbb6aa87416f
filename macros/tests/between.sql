{#- No value lies below minimum or above maximum; both belong to the range. Missing values pass. -#}
{% test between(model, column_name, minimum=none, maximum=none) -%}
    {%- set outside = [] -%}
    {%- if minimum is not none -%}{%- do outside.append(column_name ~ ' < ' ~ minimum) -%}{%- endif -%}
    {%- if maximum is not none -%}{%- do outside.append(column_name ~ ' > ' ~ maximum) -%}{%- endif -%}
    {%- if not outside -%}
        {{ exceptions.raise_compiler_error('between: give minimum, maximum or both') }}
    {%- endif -%}
    select {{ column_name }}
    from {{ model }}
    where {{ outside | join(' or ') }}
{%- endtest %}
