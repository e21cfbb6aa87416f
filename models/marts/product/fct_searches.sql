-- One row per search. A selection counts once, whichever of its two forms tells it, or both.
-- It may come after midnight, so the day before a changed one is replaced, too.
{{ config(materialized='incremental', window_column='search_date', window_days_before=1) }}

with events as (

    select
        *,
        event_type = 'search_performed' as is_search
    from {{ ref('stg_codex__events') }}
    where
        event_type in ('search_performed', 'search_result_selected')
        and (
            {{ in_changed_window('event_date') }}
            or {{ in_changed_window('event_date - 1') }}
        )

),

-- A selection belongs to the latest search before it in its visit.
numbered as (

    select
        *,
        sum(case when is_search then 1 else 0 end) over (
            partition by session_key
            order by occurred_at, {{ in_byte_order('event_type') }}, event_key
            rows between unbounded preceding and current row
        ) as search_number
    from events

),

selections as (

    select
        session_key,
        search_number,
        min(occurred_at) as selected_at
    from numbered
    where
        not is_search
        and session_key is not null
    group by session_key, search_number

),

searches as (

    select
        numbered.event_key as search_key,
        coalesce(numbered.user_key, {{ unknown_key() }}) as user_key,
        coalesce(numbered.session_key, {{ unknown_key() }}) as session_key,
        {{ date_key('numbered.occurred_at') }} as date_key,
        {{ time_key('numbered.occurred_at') }} as time_key,
        numbered.event_date as search_date,
        {{ normalize_query(json_value('numbered.context', 'query')) }} as query_normalized,
        {{ json_whole('numbered.context', 'result_count') }} as result_count,
        {{ seconds_between('numbered.occurred_at', 'selections.selected_at') }}
            as seconds_to_selection,
        {{ json_whole('numbered.context', 'result_count') }} = 0 as is_zero_result,
        {{ json_value('numbered.context', 'selected_result') }} is not null
        or selections.selected_at is not null as has_selection,
        numbered.occurred_at as searched_at
    from numbered
    left join selections
        on
            numbered.session_key = selections.session_key
            and numbered.search_number = selections.search_number
            and selections.selected_at < numbered.event_date + interval '2 days'
    where
        numbered.is_search
        and {{ in_changed_window('numbered.event_date') }}

)

select * from searches
