{#-
    Post-hook of every model: a window_replace model that was built whole notes it. An increment has
    noted it already, in the strategy.
-#}
{% macro record_window_mark() -%}
    {%- if execute and config.get('incremental_strategy') == 'window_replace'
        and config.get('materialized') == 'incremental' -%}
        {{ mark_windows(true) }}
        where not exists (
            select 1 from governance.window_marks
            where relation = '{{ this.schema }}.{{ this.identifier }}'
                and invocation_id = '{{ invocation_id }}'
        )
    {%- endif -%}
{%- endmacro %}
