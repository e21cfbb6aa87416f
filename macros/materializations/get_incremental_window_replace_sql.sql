{#-
    Incremental strategy window_replace: what was built from changed days is deleted and built anew,
    in one transaction with the mark that records it. A model says what is replaced by one or more of

    window_column   the day a row belongs to: rows of changed days;
    window_span     [started_at, ended_at] of an entity: those that live through a changed day;
    unique_key      the rows whose key the new rows carry, such as all versions of a person.

    Of a day that raw rows have left because of their age, staging replaces single rows, told apart
    by config row_key.
-#}
{% macro get_incremental_window_replace_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set temp_relation = arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set column = config.get('window_column') -%}
    {%- set span = config.get('window_span') -%}
    {%- set closed = closed_before(model) if is_staging(model) -%}
    {%- set days = changed_windows() -%}
    {%- set replaced = [] -%}
    {%- if column -%}
        {%- set whole = days if not closed else days | select('ge', closed) | list -%}
        {%- do replaced.append(in_windows(column, whole)) -%}
    {%- endif -%}
    {%- if span -%}{%- do replaced.append(spans_changed_window(span[0], span[1])) -%}{%- endif -%}
    {%- if key -%}
        {%- do replaced.append(key ~ ' in (select ' ~ key ~ ' from ' ~ temp_relation ~ ')') -%}
    {%- endif -%}
    {%- if not replaced -%}
        {{ exceptions.raise_compiler_error(
            'window_replace: give window_column, window_span or unique_key'
        ) }}
    {%- endif -%}
    {%- if closed -%}
        {%- set late = days | select('lt', closed) | list -%}
        {{ drop_outdated(temp_relation, target_relation, in_windows(column, late)) }}
        {%- set grain = config.require('row_key') | join(', ') -%}
        {%- do replaced.append(
            in_windows(column, late)
            ~ ' and (' ~ grain ~ ') in (select ' ~ grain ~ ' from ' ~ temp_relation ~ ')'
        ) -%}
    {%- endif -%}
    {#- One statement each: together, no index and no partition would be told apart. -#}
    {%- for condition in replaced %}
    delete from {{ target_relation }} where {{ condition }};
    {% endfor %}
    {{ make_room(temp_relation) }}

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ temp_relation }};

    {{ mark_windows(false) }}
{%- endmacro %}
