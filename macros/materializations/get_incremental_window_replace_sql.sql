{#-
    Incremental strategy window_replace: what was built from changed days is deleted and built anew,
    in one transaction with the mark that records it.

    window_column   the day a row belongs to: rows of changed days are replaced;
    window_span     [started_at, ended_at] of an entity, with unique_key: entities that live through
                    a changed day are replaced. The model selects the same entities.
-#}
{% macro get_incremental_window_replace_sql(arg_dict) -%}
    {%- set target_relation = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set span = config.get('window_span') -%}
    delete from {{ target_relation }}
    where
    {%- if span %}
        {{ arg_dict['unique_key'] }} in (select {{ arg_dict['unique_key'] }} from {{ arg_dict['temp_relation'] }})
        or {{ spans_changed_window(span[0], span[1]) }}
    {%- else %}
        {{ in_windows(config.require('window_column'), changed_windows()) }}
    {%- endif %};

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};

    {{ mark_windows(false) }}
{%- endmacro %}
