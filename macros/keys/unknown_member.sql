{#-
    The row that a fact refers to where its own key finds nothing. Its values follow from the types in
    the model's contract: the unknown key for a uuid, 'unknown' for a text, null for anything else. A
    history has one version of it, which is always valid. `own` says what differs.
-#}
{% macro unknown_member(own={}) -%}
    {%- set values = {
        'effective_date': unknown_effective_date(),
        'expiry_date': "date '9999-12-31'",
        'is_current': 'true',
    } -%}
    {%- do values.update(own) -%}
    {%- set by_type = {'uuid': unknown_key(), 'varchar': "'unknown'"} -%}
    select
    {%- for column in model.columns.values() %}
        {{ values.get(column.name) or by_type.get(column.data_type)
            or 'cast(null as ' ~ column.data_type ~ ')' }} as {{ column.name }}
        {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
