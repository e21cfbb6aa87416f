{#-
    The first day, as SQL, from which on no row has left any of `relations` because of its age.
    Tests that compare relations compare them from that day on.
-#}
{% macro whole_since(relations) -%}
    {%- set names = [] -%}
    {%- for relation in relations -%}
        {%- do names.append("'" ~ relation.schema ~ "." ~ relation.identifier ~ "'") -%}
    {%- endfor -%}
    (
        select coalesce(max(thinned_before), date '0001-01-01')
        from governance.closed_days
        where relation in ({{ names | join(', ') }})
    )
{%- endmacro %}
