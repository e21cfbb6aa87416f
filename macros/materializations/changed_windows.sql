{#-
    Days, as ISO texts, that batches loaded since this model's last build have touched, widened by
    the config window_days_before / window_days_after. Stable through one node's execution.
-#}
{% macro changed_windows() -%}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set streams = [] -%}
    {%- for unique_id in upstream_streams(model.unique_id) -%}
        {%- do streams.append(
            "('" ~ graph.sources[unique_id].source_name ~ "', '"
            ~ graph.sources[unique_id].name ~ "')"
        ) -%}
    {%- endfor -%}
    {%- set rows = run_query(
        "select distinct cast(window_date as varchar) from raw.window_changes"
        ~ " where (source, stream) in (" ~ streams | join(', ') ~ ")"
        ~ " and batch_id > (select coalesce(max(batch_id), 0) from governance.window_marks"
        ~ " where relation = '" ~ this.schema ~ '.' ~ this.identifier ~ "')"
        ~ " and batch_id <= " ~ window_upper_bound()
    ) -%}
    {%- set days = {} -%}
    {%- set before = config.get('window_days_before', 0) -%}
    {%- set after = config.get('window_days_after', 0) -%}
    {%- for row in rows.rows -%}
        {%- set day = modules.datetime.date.fromisoformat(row[0]) -%}
        {%- for shift in range(-before, after + 1) -%}
            {%- do days.update({(day + modules.datetime.timedelta(days=shift)).isoformat(): 1}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(days.keys() | sort) }}
{%- endmacro %}
