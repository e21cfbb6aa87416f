{#-
    Incremental strategy window_replace: what was built from changed days is deleted and built anew,
    in one transaction with the mark that records it. One or more configs say what is replaced:

    window_column   the day a row belongs to; rows of changed days are replaced
    window_span     [started_at, ended_at] of an entity; those that live on a changed day are
    unique_key      a key, such as a person's; all rows with the key of a new row are

    take_moved_rows handles rows that a staging model holds on days that are not replaced.
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
    {%- set whole_days = days if not closed else days | select('ge', closed) | list -%}
    {%- set replaced = [] -%}
    {%- if column -%}{%- do replaced.append(in_windows(adapter.quote(column), whole_days)) -%}{%- endif -%}
    {%- if span -%}{%- do replaced.append(spans_changed_window(span[0], span[1])) -%}{%- endif -%}
    {%- if key -%}
        {%- set key = adapter.quote(key) -%}
        {%- do replaced.append(key ~ ' in (select ' ~ key ~ ' from ' ~ temp_relation ~ ')') -%}
    {%- endif -%}
    {%- if not replaced -%}
        {{ exceptions.raise_compiler_error(
            'window_replace: give window_column, window_span or unique_key'
        ) }}
    {%- endif -%}
    {%- if closed or moves_between_days(model) -%}
        {{ take_moved_rows(temp_relation, target_relation, days, whole_days) }}
    {%- endif -%}
    {#-
        One statement each, because a condition joined by OR would use no index and skip no
        partition.
    -#}
    {%- for condition in replaced %}
    delete from {{ target_relation }} where {{ condition }};
    {% endfor %}
    {{ make_room(temp_relation) }}

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ temp_relation }};

    {{ mark_windows(false) }}
{%- endmacro %}
