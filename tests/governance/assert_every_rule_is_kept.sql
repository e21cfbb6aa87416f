-- Rules that some records break: a warning, because such records stay, are listed in
-- governance.rule_violations and lower their stream's score, which is what stops a publication.
{{ config(severity='warn') }}
select
    stream,
    rule_name,
    violation_count
from {{ ref('rule_scores') }}
where violation_count > 0
