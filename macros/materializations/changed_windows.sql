{#-
    Days, as ISO texts, touched by batches that were loaded since this model was last built, or all
    days in a full refresh. Days that rows have left because of their age are left out, except for
    staging models, which take in single rows.

    The answer is kept with the node: it is asked for once, and stays the same while the node runs,
    whatever is loaded meanwhile.
-#}
{% macro changed_windows() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- if 'changed_windows' in model -%}{{ return(model.changed_windows) }}{%- endif -%}
    {%- set days = windows_between(
        model, '0' if flags.FULL_REFRESH else built_upto(), window_upper_bound()
    ) -%}
    {%- set closed = none if is_staging(model) else closed_before(model) -%}
    {%- if closed is not none -%}{%- set days = days | select('ge', closed) | list -%}{%- endif -%}
    {%- do model.update(changed_windows=days) -%}
    {{ return(days) }}
{%- endmacro %}
