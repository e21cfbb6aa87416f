-- One row: the days a trend compares. Recent days end with the latest, the baseline lies before.
{{ config(materialized='view') }}

with latest as (

    select
        {{ last_known_day('activity_date') }} as last_day,
        min(activity_date) as first_day
    from {{ ref('int_assistant__query_days') }}

),

lengths as (

    select
        last_day,
        first_day,
        {{ figure_limit('trending_recent') }} as recent_days,
        {{ figure_limit('trending_baseline') }} as longest_baseline
    from latest

),

windows as (

    select
        last_day,
        last_day - recent_days + 1 as recent_start,
        greatest(last_day - recent_days - longest_baseline + 1, first_day) as baseline_start,
        recent_days
    from lengths

),

counted as (

    select
        last_day,
        recent_start,
        baseline_start,
        recent_days,
        case when baseline_start < recent_start then recent_start - baseline_start end
            as baseline_days
    from windows

)

select * from counted
