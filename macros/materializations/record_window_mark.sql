{#-
    Post-hook of every model and snapshot: one that is built by windows notes how far it is built. An
    increment of a model has noted it already, in the strategy.
-#}
{% macro record_window_mark() -%}
    {%- if execute and is_built_by_windows(model) -%}
        {{ mark_windows(true) }}
        where not exists (
            select 1 from governance.window_marks
            where relation = '{{ this.schema }}.{{ this.identifier }}'
                and invocation_id = '{{ invocation_id }}'
        )
    {%- endif -%}
{%- endmacro %}
