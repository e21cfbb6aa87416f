{#-
    SQL that creates the function redact_pii calls. It may run again, and in two sessions at once.
-#}
{% macro create_redaction_functions() %}
    {{- return(adapter.dispatch('create_redaction_functions')()) -}}
{% endmacro %}

{% macro default__create_redaction_functions() %}
    {{- exceptions.raise_compiler_error(
        'create_redaction_functions is not written for ' ~ adapter.type()
    ) -}}
{% endmacro %}

{#-
    SQL macros. The steps nest, and run only on the few texts that pass the prefilter. The group of
    secrets has a condition of its own. Only the first group can have one, because its text is a
    column and not yet the nested steps. `searched_pii` expects a text without marks.
-#}
{% macro duckdb__create_redaction_functions() %}
    {%- set sql = ['content'] -%}
    {%- for group in pii_patterns() -%}
        {%- for step in group.steps -%}
            {%- do sql.append(pii_step(sql[-1], step)) -%}
        {%- endfor -%}
        {%- if loop.first -%}
            {%- do sql.append("case when regexp_matches(content, '" ~ group.needs
                | replace("'", "''") ~ "')\n    then " ~ sql[-1] ~ "\n    else content end") -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(
        "create schema if not exists granary;\n"
        ~ "create or replace macro granary.searched_pii(content) as\n" ~ sql[-1] ~ ";\n"
        ~ "create or replace macro granary.may_hold_pii(content) as\n"
        ~ "regexp_matches(content, '" ~ pii_prefilter() | replace("'", "''") ~ "');\n"
        ~ "create or replace macro granary.redact_pii(content) as\n"
        ~ "case when granary.may_hold_pii(content)\n    then granary.searched_pii(translate(content, '"
        ~ pii_marks() ~ "', ''))\n    else content end"
    ) -}}
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
    declare
        digits int;
    begin
        -- Cheaper than the prefilter: without a digit or an @ there is little to find.
        if content !~ '[@＠﹫0-9０-９日目番{{ pii_marks() }}]|commat;|he corner of |{{ pii_secret_guard() }}'
            or content !~ '{{ pii_prefilter() | replace("'", "''") }}' then
            return content;
        end if;
        content := translate(content, '{{ pii_marks() }}', '');
        digits := length(content)
            - length(translate(content, '0123456789０１２３４５６７８９', ''));
        {%- for group in pii_patterns() %}
        -- PostgreSQL keeps 32 compiled patterns: a text must not touch them all, so steps too
        -- name what they need, where that is no pattern.
        if content ~ '{{ group.needs | replace("'", "''") }}' then
            {%- for step in group.steps %}
            {%- if 'holds' in step %}
            if content like any (array['%{{ step.holds | join("%', '%") }}%']) then
            {%- elif 'digits' in step %}
            if digits >= {{ step.digits }} then
            {%- endif %}
            content := {{ pii_step('content', step) }};
            {%- if 'holds' in step or 'digits' in step %}
            end if;
            {%- endif %}
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
