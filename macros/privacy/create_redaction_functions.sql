{#- SQL that makes what redact_pii needs in the database; called on-run-start. -#}
{% macro create_redaction_functions() %}
    {{- return(adapter.dispatch('create_redaction_functions')()) -}}
{% endmacro %}

{% macro default__create_redaction_functions() %}
    {{- exceptions.raise_compiler_error(
        'create_redaction_functions is not written for ' ~ adapter.type()
    ) -}}
{% endmacro %}

{#- Inline there: nothing to make. -#}
{% macro duckdb__create_redaction_functions() %}
    {{- return('select 1') -}}
{% endmacro %}

{#- One statement, so one transaction: the lock makes a second session wait, not fail. -#}
{% macro postgres__create_redaction_functions() %}
    {%- set sql -%}
do $setup$
begin
    perform pg_advisory_xact_lock(hashtext('granary.redact_pii'));
    create schema if not exists granary;
    create or replace function granary.redact_pii(content text) returns text
    language plpgsql immutable strict parallel safe as $redact$
    begin
        -- Without a digit or an @ there is nothing to find: cheaper than the prefilter.
        if content !~ '[@0-9０-９]' or content !~ '{{ pii_prefilter() }}' then
            return content;
        end if;
        content := translate(content, '{{ '\ufdd0\ufdd1\ufdd2' }}', '');
        {%- for group in pii_patterns() %}
        -- PostgreSQL keeps 32 compiled patterns: a text must not touch them all.
        if content ~ '{{ group.needs }}' then
            {%- for step in group.steps %}
            content := {{ pii_step('content', step) }};
            {%- endfor %}
        end if;
        {%- endfor %}
        return content;
    end
    $redact$;
end
$setup$
    {%- endset -%}
    {{- return(sql) -}}
{% endmacro %}
