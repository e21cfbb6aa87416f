-- Each fact has as many rows a day as its staging model, and the sums of its measures.
with counted as (

    {% for fact, stage, day, measure in [
        ('fct_document_analysis', 'stg_prism__analysis_results', 'analysis_date', 'cost_usd'),
        ('fct_user_feedback', 'stg_prism__user_feedback', 'feedback_date', 'feedback_rating'),
        ('fct_audit_events', 'stg_prism__audit_logs', 'event_date', 'retention_days'),
    ] %}
        {{ 'union all' if not loop.first }}
        select
            '{{ fact }}' as fact,
            {{ day }} as fact_day,
            count(*) as row_count,
            sum({{ measure }}) as measure_total
        from {{ ref(fact) }}
        where {{ day }} >= {{ whole_since([ref(fact), ref(stage)]) }}
        group by {{ day }}
        union all
        select
            '{{ fact }}' as fact,
            {{ day }} as fact_day,
            -count(*) as row_count,
            -sum({{ measure }}) as measure_total
        from {{ ref(stage) }}
        where {{ day }} >= {{ whole_since([ref(fact), ref(stage)]) }}
        group by {{ day }}
    {%- endfor %}

)

select
    fact,
    fact_day,
    sum(row_count) as row_difference,
    sum(measure_total) as measure_difference
from counted
group by fact, fact_day
having sum(row_count) != 0 or coalesce(sum(measure_total), 0) != 0
