{#-
    Days, as ISO texts, that batches loaded since this model's last build have touched. The same
    throughout one node's execution, whatever is loaded meanwhile.
-#}
{% macro changed_windows() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {{ return(windows_between(
        model,
        "(select coalesce(max(batch_id), 0) from governance.window_marks where relation = '"
        ~ this.schema ~ '.' ~ this.identifier ~ "')",
        window_upper_bound()
    )) }}
{%- endmacro %}
