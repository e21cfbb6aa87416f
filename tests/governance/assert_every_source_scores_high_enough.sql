-- The overall score of each source, its rules' scores weighted by severity, is not under its
-- threshold: otherwise nothing is published.
with scores as (

    select
        source_system,
        sum(score * weight) / sum(weight) as overall_score
    from {{ ref('quality_scores') }}
    where score is not null
    group by source_system

),

thresholds as (

    select * from {{ ref('quality_thresholds') }}

)

select
    scores.source_system,
    scores.overall_score,
    thresholds.minimum_score
from scores
inner join thresholds on scores.source_system = thresholds.source_system
where scores.overall_score < thresholds.minimum_score
