{#-
    Each distinct question of `relation` once: as it was asked, redacted, normalized and keyed.
    Questions repeat, so this is done before they are joined back to the rows.
-#}
{% macro keyed_questions(relation) -%}
    with distinct_questions as (

        select distinct
            query,
            query_type
        from {{ relation }}

    ),

    redacted as (

        {{ redact_columns('distinct_questions', {
            'clean_query_type': 'query_type',
            'clean_query': 'query',
        }) }}

    ),

    folded as (

        select
            *,
            {{ normalize_query('clean_query') }} as query_folded
        from redacted

    ),

    -- Folding may bring together what stood apart, so the text is redacted once more.
    normalized as (

        select
            *,
            {{ redact_pii('query_folded') }} as query_normalized
        from folded

    )

    select
        query,
        query_type,
        clean_query as query_text,
        clean_query_type,
        query_normalized,
        {{ md5_uuid(or_unknown('clean_query_type') ~ " || ':' || query_normalized") }} as query_key
    from normalized
{%- endmacro %}
