{#-
    Post-hook of every model and snapshot. Records up to which batch one that is built by windows
    was built. The strategy has already recorded it for an increment of a model.
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
