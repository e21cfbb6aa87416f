{#-
    SQL that records up to which batch the model in context is built, and whether it was built
    whole.
-#}
{% macro mark_windows(is_whole) -%}
    insert into governance.window_marks
        (relation, batch_id, is_whole, invocation_id, marked_at)
    select
        '{{ this.schema }}.{{ this.identifier }}',
        {{ window_upper_bound() }},
        {{ is_whole }},
        '{{ invocation_id }}',
        {{ utc_now() }}
{%- endmacro %}
