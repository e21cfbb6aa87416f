-- Sums over each summary are sums over its fact, a day.
with analyses as (

    select
        analysis_date,
        count(*) as analysis_count,
        coalesce(sum(cost_usd), 0) as cost_usd,
        coalesce(sum(feedback_items_generated), 0) as item_count
    from {{ ref('fct_document_analysis') }}
    group by analysis_date

),

daily as (

    select
        analysis_date,
        sum(total_analyses) as analysis_count,
        sum(total_cost) as cost_usd,
        sum(total_feedback_items) as item_count
    from {{ ref('daily_analysis_summary') }}
    group by analysis_date

),

executive as (

    select
        summary_date as analysis_date,
        sum(total_analyses) as analysis_count,
        sum(total_cost_usd) as cost_usd,
        sum(total_feedback_items) as item_count
    from {{ ref('executive_summary_daily') }}
    group by summary_date

)

select
    coalesce(analyses.analysis_date, daily.analysis_date, executive.analysis_date) as analysis_date,
    analyses.analysis_count,
    daily.analysis_count as daily_count,
    executive.analysis_count as executive_count
from analyses
full outer join daily on analyses.analysis_date = daily.analysis_date
full outer join executive
    on coalesce(analyses.analysis_date, daily.analysis_date) = executive.analysis_date
where
    (coalesce(analyses.analysis_count, 0), coalesce(analyses.cost_usd, 0), coalesce(analyses.item_count, 0))
    != (coalesce(daily.analysis_count, 0), coalesce(daily.cost_usd, 0), coalesce(daily.item_count, 0))
    or (coalesce(analyses.analysis_count, 0), coalesce(analyses.cost_usd, 0), coalesce(analyses.item_count, 0))
    != (coalesce(executive.analysis_count, 0), coalesce(executive.cost_usd, 0), coalesce(executive.item_count, 0))
