{#-
    Whether a model is built whole. A model that is built by windows is not, even in a full refresh,
    once rows it was built from have left because of their age. Then every day that is still whole
    is replaced, and older days stay as they are.
-#}
{% macro should_full_refresh() -%}
    {%- set asked = config.get('full_refresh') -%}
    {%- if asked is none -%}{%- set asked = flags.FULL_REFRESH -%}{%- endif -%}
    {{ return(asked and not (
        execute and is_built_by_windows(model) and closed_before(model) is not none
    )) }}
{%- endmacro %}
