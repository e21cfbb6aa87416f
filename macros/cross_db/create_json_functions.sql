{#- SQL that creates the function json_fields calls, where the engine needs one. -#}
{% macro create_json_functions() -%}
    {{ adapter.dispatch('create_json_functions')() }}
{%- endmacro %}

{% macro default__create_json_functions() -%}
    {{ exceptions.raise_compiler_error('create_json_functions is not written for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__create_json_functions() -%}{%- endmacro %}

{#-
    A document that is nested deeper than the server's stack is read without what its fields hold:
    no line that was loaded may stop a build.
-#}
{% macro postgres__create_json_functions() -%}
do $setup$
begin
    perform pg_advisory_xact_lock(hashtext('granary.json_fields'));
    create schema if not exists granary;
    create or replace function granary.json_fields(document text) returns text[]
    language plpgsql immutable strict parallel safe as $fields$
    begin
        if strpos(document, '\u0000') > 0 then
            document := regexp_replace(document, '(?<!\\)((?:\\\\)*)\\u0000', '\1 ', 'g');
        end if;
        return array(
            select json_typeof(value) || ':' || key from json_each(cast(document as json))
        );
    exception when statement_too_complex then
        return granary.json_fields((
            select string_agg(part, '' order by place)
            from (
                select
                    parts.matched[1] as part,
                    parts.place,
                    sum(case when parts.matched[1] in ('[', '{') then 1
                        when parts.matched[1] in (']', '}') then -1 else 0 end)
                        over (order by parts.place) as depth
                from regexp_matches(document, '"(?:[^"\\]|\\.)*"|[][{}]|[^][{}"]+', 'g')
                    with ordinality as parts (matched, place)
            ) as placed
            where depth <= 1 or (depth = 2 and part in ('[', '{'))
        ));
    end
    $fields$;
end
$setup$
{%- endmacro %}
