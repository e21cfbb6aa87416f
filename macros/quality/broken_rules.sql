{#-
    Names of the contract's rules that a raw row breaks, comma separated; null where it breaks none.
    A missing value breaks a rule only where the rule says so.
-#}
{% macro broken_rules(stream) -%}
    {%- set rules = quality_rules(stream) | selectattr('holds', 'defined') | list -%}
    case
        when not (true
        {%- for rule in rules %} and coalesce(({{ rule.holds }}), true){% endfor %})
        then concat_ws(','
        {%- for rule in rules -%}
            , case when not coalesce(({{ rule.holds }}), true) then '{{ rule.name }}' end
        {%- endfor -%}
        )
    end
{%- endmacro %}
