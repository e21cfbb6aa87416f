-- A call to a model that is no request is another one's recorder: its trace has a request.
{%- set facts = ref('fct_ai_requests') %}

with calls as (

    {% for spans in ['stg_genai__spans', 'stg_genai__langfuse_observations'] %}
        {{ 'union all' if not loop.first }}
        select
            span_key,
            trace_key
        from {{ ref(spans) }}
        where is_model_call and span_date >= {{ whole_since([facts, ref(spans)]) }}
    {%- endfor %}

),

requests as (

    select
        request_key,
        trace_key
    from {{ facts }}
    where trace_key is not null

)

select calls.span_key
from calls
left join requests on calls.span_key = requests.request_key
where
    requests.request_key is null
    and calls.trace_key not in (select traces.trace_key from requests as traces)
