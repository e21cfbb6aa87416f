{#-
    Days, as ISO texts, that batches loaded since this model's last build have touched, or all days
    there are where it was asked for whole. The same throughout one node's execution, whatever is
    loaded meanwhile. Days that rows have left because of their age are no longer among them, but for
    staging, which takes single rows in. Asked once a context: the answer is kept with the node.
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
