{#-
    Whether a model is built whole. One that is built by windows is not, even when asked to, once rows
    it was built from have left because of their age: then every day that is still whole is replaced,
    and older days stay as they are.
-#}
{% macro should_full_refresh() -%}
    {%- set asked = config.get('full_refresh') -%}
    {%- if asked is none -%}{%- set asked = flags.FULL_REFRESH -%}{%- endif -%}
    {{ return(asked and not (
        execute and is_built_by_windows(model) and closed_before(model) is not none
    )) }}
{%- endmacro %}
