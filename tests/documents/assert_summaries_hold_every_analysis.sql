-- Sums over each summary are sums over its fact, a day.
with counted as (

    {% for relation, day, cost, items in [
        ('analysis_breakdown_daily', 'analysis_date', 'total_cost_usd',
            'total_feedback_items'),
        ('daily_analysis_summary', 'analysis_date', 'total_cost',
            'total_feedback_items'),
        ('executive_summary_daily', 'summary_date', 'total_cost_usd',
            'total_feedback_items'),
    ] %}
        {{ 'union all' if not loop.first }}
        select
            '{{ relation }}' as summary,
            {{ day }} as analysis_date,
            sum(total_analyses) as analysis_count,
            sum({{ cost }}) as cost_usd,
            sum({{ items }}) as item_count
        from {{ ref(relation) }}
        where {{ day }} >= {{ whole_since([ref(relation), ref('fct_document_analysis')]) }}
        group by {{ day }}
        union all
        select
            '{{ relation }}' as summary,
            analysis_date,
            -count(*) as analysis_count,
            -coalesce(sum(cost_usd), 0) as cost_usd,
            -coalesce(sum(feedback_items_generated), 0) as item_count
        from {{ ref('fct_document_analysis') }}
        where
            analysis_date >= {{ whole_since([ref(relation), ref('fct_document_analysis')]) }}
        group by analysis_date
    {%- endfor %}

)

select
    summary,
    analysis_date,
    sum(analysis_count) as analysis_difference,
    sum(cost_usd) as cost_difference,
    sum(item_count) as item_difference
from counted
group by summary, analysis_date
having sum(analysis_count) != 0 or sum(cost_usd) != 0 or sum(item_count) != 0
