-- One row per session. Sessions that live through a changed day are replaced whole.
{{ config(
    materialized='incremental',
    unique_key='session_key',
    window_span=['start_time', 'last_activity'],
) }}

with session_days as (

    select * from {{ ref('int_assistant__session_days') }}
    {% if is_incremental() -%}
    where session_key in (
        select session_key from {{ ref('int_assistant__session_days') }}
        where {{ in_changed_window('activity_date') }}
        union all
        select session_key from {{ this }}
        where {{ spans_changed_window('start_time', 'last_activity') }}
    )
    {%- endif %}

),

sessions as (

    select
        session_key,
        coalesce({{ first_uuid('user_key') }}, {{ unknown_key() }}) as user_key,
        {{ or_unknown(first_text('user_role')) }} as user_role,
        coalesce(
            min(case when is_time_possible then first_asked_at end), min(first_asked_at)
        ) as start_time,
        coalesce(
            max(case when is_time_possible then last_asked_at end), max(last_asked_at)
        ) as last_activity,
        cast(sum(query_count) as bigint) as total_queries,
        cast(sum(successful_query_count) as bigint) as successful_queries,
        {{ ratio('sum(response_milliseconds)', 'sum(timed_query_count) * 1000') }}
            as avg_response_time,
        cast(coalesce(sum(code_snippet_count), 0) as bigint) as total_code_snippets,
        cast(coalesce(sum(citation_count), 0) as bigint) as total_citations,
        {{ ratio('sum(rating_total)', 'sum(rating_count)') }} as session_rating,
        sum(technical_query_count) > 0 as conversion_achieved
    from session_days
    group by session_key

)

select * from sessions
