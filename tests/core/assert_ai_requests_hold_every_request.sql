-- Each application that has a fact of its own has as many requests a day as that, at the same cost.
with counted as (

    {% for application, fact, day, measure in [
        ('assistant', 'fct_assistant_interactions', 'activity_date', 'cost_usd'),
        ('prism', 'fct_document_analysis', 'analysis_date', 'cost_usd'),
    ] %}
        {%- set whole = whole_since([ref(fact), ref('fct_ai_requests')]) %}
        {{ 'union all' if not loop.first }}
        select
            '{{ application }}' as application_name,
            {{ day }} as request_date,
            count(*) as row_count,
            sum({{ measure }}) as measure_total
        from {{ ref(fact) }}
        where {{ day }} >= {{ whole }}
        group by {{ day }}
        union all
        select
            application_name,
            request_date,
            -count(*) as row_count,
            -sum(case when cost_source = 'stated' then cost_usd end) as measure_total
        from {{ ref('fct_ai_requests') }}
        where application_name = '{{ application }}' and request_date >= {{ whole }}
        group by application_name, request_date
    {%- endfor %}

)

select
    application_name,
    request_date,
    sum(row_count) as row_difference,
    sum(measure_total) as measure_difference
from counted
group by application_name, request_date
having sum(row_count) != 0 or coalesce(sum(measure_total), 0) != 0
