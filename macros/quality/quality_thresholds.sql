{#-
    What the scores of a stream must reach, as dicts of minimum_score and alert_below by dimension: what
    the contract's `quality` says of the dimension, else of all.
-#}
{% macro quality_thresholds(stream) -%}
    {%- set said = stream_node(stream).config.meta.quality -%}
    {%- set found = {} -%}
    {%- for dimension in quality_rules(stream) | map(attribute='dimension') | unique -%}
        {%- set own = said.get(dimension, {}) -%}
        {%- do found.update({dimension: {
            'minimum_score': own.get('minimum_score', said.minimum_score),
            'alert_below': own.get('alert_below', said.alert_below),
        }}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
