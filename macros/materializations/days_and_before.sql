{#- Days and the `before` days before each of them, as sorted ISO texts. -#}
{% macro days_and_before(days, before) -%}
    {%- set found = {} -%}
    {%- for text in days -%}
        {%- set day = modules.datetime.date.fromisoformat(text) -%}
        {%- for shift in range(before + 1) -%}
            {%- do found.update({(day - modules.datetime.timedelta(days=shift)).isoformat(): 1}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found.keys() | sort) }}
{%- endmacro %}
