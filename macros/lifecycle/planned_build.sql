{#-
    What `granary build` has found out before it started this run, as a dict: what the run is made
    of, `after` which run, and whether it is a part of the project. Empty where dbt was started by
    hand.
-#}
{% macro planned_build() -%}
    {#- Asked in execution only: parsing would begin anew with every value. -#}
    {{ return(fromjson(env_var('GRANARY_BUILD', '{}')) if execute else {}) }}
{%- endmacro %}
