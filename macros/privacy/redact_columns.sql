{#- The rows of a relation with their own columns, and redacted ones beside them. -#}
{% macro redact_columns(relation, columns) %}
    {{- return(adapter.dispatch('redact_columns')(relation, columns)) -}}
{% endmacro %}

{% macro default__redact_columns(relation, columns) %}
    {{- exceptions.raise_compiler_error('redact_columns is not written for ' ~ adapter.type()) -}}
{% endmacro %}

{#-
    DuckDB compiles every pattern before it reads a row, in 0.2 s, for each place in a statement
    that redacts, and again for every join and union of its pipeline. So the texts of a row are put
    together, redacted at once and taken apart. The brackets and marks between them come out
    unchanged, because no match crosses a bracket and no text keeps a mark.
-#}
{% macro duckdb__redact_columns(relation, columns) %}
    {%- set wall, count = '\n[\ufdd3]\n', columns | length -%}
    {%- set given, searched, taken = [], [], [] -%}
    {%- for name, expression in columns.items() -%}
        {%- do given.append(expression ~ ' as ' ~ name) -%}
        {%- do searched.append("translate(coalesce(" ~ name ~ ", ''), '" ~ pii_marks() ~ "', '')") -%}
        {%- do taken.append(
            'case when _parts is null or ' ~ name ~ ' is null then ' ~ name ~ ' when len(_parts) = '
            ~ count ~ ' then _parts[' ~ loop.index ~ "] else '[REDACTED]' end as " ~ name
        ) -%}
    {%- endfor -%}
    {%- set sql -%}
select * exclude (_joined, _parts) replace (
    {{ taken | join(',\n    ') }}
)
from (
    select *, string_split(granary.searched_pii(_joined), '{{ wall }}') as _parts
    from (
        select
            *,
            case when granary.may_hold_pii(concat_ws('{{ '\n[\n' }}', {{ columns | join(', ') }}))
                then concat_ws('{{ wall }}', {{ searched | join(', ') }})
            end as _joined
        from (
            select *, {{ given | join(', ') }}
            from {{ relation }}
        )
    )
)
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}

{% macro postgres__redact_columns(relation, columns) %}
    {%- set redacted = [] -%}
    {%- for name, expression in columns.items() -%}
        {%- do redacted.append(redact_pii(expression) ~ ' as ' ~ name) -%}
    {%- endfor -%}
    {{- return('select *, ' ~ (redacted | join(', ')) ~ ' from ' ~ relation) -}}
{% endmacro %}
