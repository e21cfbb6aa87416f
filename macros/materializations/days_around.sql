{#- Days, the `before` days before and the `after` days after each of them, as sorted ISO texts. -#}
{% macro days_around(days, before=0, after=0) -%}
    {%- set found = {} -%}
    {%- for text in days -%}
        {%- set day = modules.datetime.date.fromisoformat(text) -%}
        {%- for shift in range(-before, after + 1) -%}
            {%- do found.update({(day + modules.datetime.timedelta(days=shift)).isoformat(): 1}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found.keys() | sort) }}
{%- endmacro %}
