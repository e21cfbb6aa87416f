-- The gate: no stream's score in any dimension is under its minimum. Otherwise the build fails, and
-- nothing is published.
-- depends_on: {{ ref('quality_scores') }}
{% set faults = [] -%}
{#- Linting compiles without a warehouse. -#}
{%- if execute and load_relation(ref('quality_scores')) -%}
    {%- for row in run_query(
        'select * from ' ~ ref('quality_scores') ~ ' where score < minimum_score'
    ).rows -%}
        {%- do faults.append(
            row['stream'] ~ ' scores %.3f' % row['score'] ~ ' in ' ~ row['dimension'] ~ ', less than '
            ~ row['minimum_score'] ~ '; most records break ' ~ row['worst_rule'] ~ ', of those of '
            ~ row['scored_from'] ~ ' to ' ~ row['scored_until']
        ) -%}
    {%- endfor -%}
{%- endif -%}
{{ report_faults(faults) }}
