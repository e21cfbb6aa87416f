{#- Post-hook of every model: a window_replace model notes up to which batch it is built. -#}
{% macro record_window_mark() -%}
    {%- if execute and config.get('incremental_strategy') == 'window_replace'
        and config.get('materialized') == 'incremental' -%}
        insert into governance.window_marks (relation, batch_id, invocation_id, marked_at)
        select
            '{{ this.schema }}.{{ this.identifier }}',
            {{ window_upper_bound() }},
            '{{ invocation_id }}',
            {{ utc_now() }}
    {%- endif -%}
{%- endmacro %}
