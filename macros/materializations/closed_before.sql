{#-
    First day, as ISO text, from which on everything a node is built from is whole; none where no
    row has left because of its age. A staging model is built from raw tables, any other from the
    models above it that are replaced by day.
-#}
{% macro closed_before(node) -%}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set relations = [] -%}
    {%- for unique_id in relations_above(node) -%}
        {%- do relations.append("'" ~ unique_id ~ "'") -%}
    {%- endfor -%}
    {%- if not relations -%}{{ return(none) }}{%- endif -%}
    {%- set day = run_query(
        "select cast(max(closed_before) as varchar) from governance.closed_days where relation in ("
        ~ relations | join(', ') ~ ")"
    ).rows[0][0] -%}
    {%- set shift = node.config.get('window_days_after', 0) -%}
    {%- if day is none or not shift -%}{{ return(day) }}{%- endif -%}
    {#- The model builds a day from earlier days too. -#}
    {{ return((
        modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=shift)
    ).isoformat()) }}
{%- endmacro %}
